"""A report as one HTML page that needs nothing beside itself, from its JSON content."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from fpt_core.evaluation.figure_words import figure_name, number_text
from fpt_core.report import plots

_LOG = logging.getLogger(__name__)
_TEMPLATES = Path(__file__).parent / "templates"
_MOST_NAMES = 6
_OWN_NAMES = {
    "auc_delong": "AUC (DeLong)",
    "ppv_at_prevalence": "PPV at prevalence",
    "npv_at_prevalence": "NPV at prevalence",
    "calibration_error": "expected calibration error",
}
"""Of figures that a report calls otherwise than the window: shorter in tables, or in full."""


def render_page(content: Mapping[str, Any]) -> str:
    """The page of a report; a part that cannot be drawn is told in its place."""
    made = environment()
    shown = {name: _part(made, name, part) for name, part in content["parts"].items()}
    return made.get_template("report.html").render(**content, shown=shown)


def _part(made: Environment, name: str, part: Mapping[str, Any]) -> Markup:
    text = part.get("failed", "")
    try:
        if not text:
            return Markup(made.get_template(f"parts/{name}.html").render(part=part))
    except Exception:  # a figure's fault must not cost the rest of the page
        _LOG.exception("the part %s of a report could not be drawn", name)
        text = "This part could not be drawn; report.json holds its figures."
    return Markup('<p class="missing">{}</p>').format(text)


def environment() -> Environment:
    """Templates with what they need to show figures."""
    made = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=lambda name: name is not None and name.endswith(".html"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "figure": number_text,
        "figure_name": lambda name: _OWN_NAMES.get(name, figure_name(name)),
        "rule": _rule,
        "day": _day,
        "many": _many,
        "few": _few,
        "percent": lambda share: f"{100 * share:.1f} %",
    }
    made.globals |= {
        name: _as_markup(getattr(plots, name)) for name in dir(plots) if name.endswith("_plot")
    }
    return made


def _as_markup(plot: Any) -> Any:
    return lambda *arguments: Markup(plot(*arguments))


def _rule(rule: str) -> str:
    """An operating rule for people."""
    name, _, target = rule.partition("=")
    words = {
        "youden": "highest sum of sensitivity and specificity, Youden",
        "sensitivity": f"sensitivity of at least {target} on validation",
        "specificity": f"specificity of at least {target} on validation",
        "cost": f"least cost where a missed case costs {target} false alarms",
        "net-benefit": f"one would act from a probability of {target} on",
    }
    return words.get(name, rule)


def _day(created: str) -> str:
    return datetime.fromisoformat(created).strftime("%d %B %Y, %H:%M")


def _few(names: Iterable[str]) -> str:
    """The first names, and how many more there are."""
    first, more = list(names)[:_MOST_NAMES], len(list(names)) - _MOST_NAMES
    return f"{', '.join(first)} and {more} more" if more > 0 else ", ".join(first)


def _many(number: int | None, noun: str = "") -> str:
    """A number for people, with its noun."""
    if number is None:
        return f"unknown {noun}s".strip() if noun else "?"
    return f"{number:,} {noun}{'' if number == 1 else 's'}" if noun else f"{number:,}"
