"""A probability is read by the thresholds that validation gave."""

from __future__ import annotations

import pytest

from app.review_panel.decision import Marks, in_words, marks_of
from fpt_core.evaluation.operating_point import OperatingPoint


def _point(rule: str, threshold: float, name: str = "ill") -> OperatingPoint:
    return OperatingPoint(name, rule, threshold, 0.9, 0.8, "validation images", 40, 30)


def test_the_zone_lies_between_ruled_out_and_ruled_in() -> None:
    points = [
        _point("youden", 0.45),
        _point("sensitivity=0.95", 0.3),
        _point("specificity=0.95", 0.6),
    ]
    assert marks_of(points) == {"ill": Marks(0.45, (0.3, 0.6))}


def test_a_model_that_divides_well_leaves_no_zone() -> None:
    points = [
        _point("youden", 0.5),
        _point("sensitivity=0.95", 0.7),
        _point("specificity=0.95", 0.4),
    ]
    assert marks_of(points) == {"ill": Marks(0.5, None)}
    assert marks_of([_point("cost=5", 0.2)]) == {}


@pytest.mark.parametrize(
    ("probability", "side", "uncertain"),
    [(0.1, "below", False), (0.35, "below", True), (0.5, "above", True), (0.9, "above", False)],
)
def test_words(probability: float, side: str, uncertain: bool) -> None:
    text = in_words("ill", probability, Marks(0.45, (0.3, 0.6)))
    assert f"{side} its threshold of 45%" in text
    assert ("Uncertain: between 30%" in text) == uncertain
