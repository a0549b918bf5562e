"""Whether an answer lies between the model's own thresholds for ruling out and ruling in."""

from __future__ import annotations

from collections.abc import Sequence

from fpt_core.evaluation.operating_point import OperatingPoint

RULED_OUT, RULED_IN = "sensitivity=0.95", "specificity=0.95"


def is_uncertain(name: str, probability: float, points: Sequence[OperatingPoint]) -> bool:
    """Whether a class of this probability is neither ruled out nor ruled in.

    False where the model file keeps no such thresholds, or they leave nothing between them.
    """
    found = {point.rule: point.threshold for point in points if point.class_name == name}
    low, high = found.get(RULED_OUT, 1.0), found.get(RULED_IN, 0.0)
    return low <= probability < high
