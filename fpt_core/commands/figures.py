"""A run's figures in a line."""

from __future__ import annotations

from typing import Any


def auc_text(figures: dict[str, Any]) -> str:
    """The AUC of one split with its interval, where there are any."""
    value, interval = figures.get("auc"), figures.get("auc_interval")
    if value is None:
        return "-"
    return f"{value:.3f}" + (f" ({interval[0]:.3f}-{interval[1]:.3f})" if interval else "")
