"""The choice of how frames and slices answer for their file or series."""

from __future__ import annotations

from app.widgets.choice import Choice, make_choice
from fpt_core.answers.series_rule import SeriesRule

_RULES = (SeriesRule("mean"), SeriesRule("max"), SeriesRule("top", 3), SeriesRule("top", 10))
_LETTERS = 16
"""Enough for the usual rule."""


def make_rule_choice(name: str) -> Choice:
    """A combo box of the rules."""
    rules = [(rule.words.capitalize(), rule) for rule in _RULES]
    choice = make_choice(name, "How the frames answer for the series", rules)
    choice.setMinimumContentsLength(_LETTERS)
    return choice
