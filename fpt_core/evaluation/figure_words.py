"""Figures in words, as people read them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_NAMES = {
    "auc": "AUC",
    "auc_delong": "AUC, interval by DeLong",
    "ppv": "PPV",
    "npv": "NPV",
    "ppv_at_prevalence": "PPV at this prevalence",
    "npv_at_prevalence": "NPV at this prevalence",
    "f1": "F1",
    "brier": "Brier score",
    "kappa": "Cohen's kappa",
    "quadratic_kappa": "quadratic kappa",
}


def figure_name(name: str) -> str:
    """What a figure is called."""
    return _NAMES.get(name, name.replace("_", " "))


def figure_text(figure: Mapping[str, Any]) -> str:
    """A figure with its interval, or with why it has none."""
    value, interval, note = figure["value"], figure["interval"], figure["note"]
    if value is None:
        return f"- {note}".strip()
    if interval is None:
        return f"{value:.3f} {note}".strip()
    return f"{value:.3f} ({interval['low']:.3f} to {interval['high']:.3f})"
