"""What a probability means by the model's own operating points, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fpt_core.answers.uncertainty import RULED_IN, RULED_OUT
from fpt_core.evaluation.operating_point import OperatingPoint

_CALLED = "youden"


@dataclass(frozen=True, slots=True)
class Marks:
    """Where the probability of a class begins to mean something, from 0 to 1."""

    threshold: float
    """The class is called from here on."""
    zone: tuple[float, float] | None
    """Between ruled out and ruled in; ``None`` where validation left no such zone."""


def marks_of(points: Sequence[OperatingPoint]) -> dict[str, Marks]:
    """The marks of every class that has its operating points."""
    found: dict[str, dict[str, float]] = {}
    for point in points:
        found.setdefault(point.class_name, {})[point.rule] = point.threshold
    return {name: _marks(rules) for name, rules in found.items() if _CALLED in rules}


def _marks(rules: Mapping[str, float]) -> Marks:
    low, high = rules.get(RULED_OUT), rules.get(RULED_IN)
    has_zone = low is not None and high is not None and 0 <= low < high <= 1
    return Marks(rules[_CALLED], (low, high) if has_zone else None)  # type: ignore[arg-type]


def in_words(name: str, probability: float, marks: Marks) -> str:
    """Which side of the threshold the answer lies on, and whether it is an uncertain one."""
    side = "above" if probability >= marks.threshold else "below"
    text = f"{name}: {side} its threshold of {marks.threshold:.0%}."
    if marks.zone is None:
        return text
    low, high = marks.zone
    if low <= probability < high:
        return (
            f"{text} Uncertain: between {low:.0%}, above which 95 % of the cases lay, and "
            f"{high:.0%}, below which 95 % of the others lay (validation images)."
        )
    return text
