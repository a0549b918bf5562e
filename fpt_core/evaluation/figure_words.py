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
    note = "" if figure["interval"] is not None else figure["note"]
    return f"{number_text(figure)} {note}".strip()


def number_text(figure: Mapping[str, Any]) -> str:
    """A figure with its interval where it has one, or a dash where it has no value."""
    value, interval = figure["value"], figure["interval"]
    if value is None:
        return "-"
    if interval is None:
        return _three(value)
    return f"{_three(value)} ({_three(interval['low'])} to {_three(interval['high'])})"


def _three(value: float) -> str:
    return f"{round(value, 3) + 0.0:.3f}"  # no minus before a zero
