from __future__ import annotations

import numpy as np
import pytest

from fpt_core.errors import DatasetError
from fpt_core.evaluation.bootstrap import BootstrapConfig
from fpt_core.evaluation.comparison import Comparison, compare, holm
from fpt_core.evaluation.sample import Sample
from tests.evaluation.samples import draw

FAST = BootstrapConfig(resamples=500)


def _pair(skill: float, classes: int = 2) -> dict[str, Sample]:
    first = draw(rows=150, patients=100, classes=classes, seed=0)
    second = draw(rows=150, patients=100, classes=classes, skill=skill, seed=0)
    noise = np.random.default_rng(5).random((150, classes)) / 5
    mixed = second.probabilities + noise
    return {"a": first, "b": second.with_probabilities(mixed / mixed.sum(1, keepdims=True))}


def _of(found: tuple[Comparison, ...], figure: str) -> Comparison:
    return next(row for row in found if row.figure == figure)


def test_a_model_is_no_better_than_itself() -> None:
    sample = draw(rows=100, patients=80)
    for row in compare({"a": sample, "b": sample}, FAST):
        assert row.difference.value == 0
        assert row.p_bootstrap == 1
        assert row.p_delong is None


def test_a_better_model_is_told() -> None:
    auc = _of(compare(_pair(skill=4.0), FAST), "auc")
    assert auc.difference.value is not None
    assert auc.difference.interval is not None
    assert auc.difference.interval.high < 0
    assert auc.p_bootstrap is not None
    assert auc.p_bootstrap < 0.01
    assert auc.p_delong is not None
    assert auc.p_delong < 0.01


def test_both_tests_agree_where_little_differs() -> None:
    auc = _of(compare(_pair(skill=1.4), BootstrapConfig(resamples=4000)), "auc")
    assert auc.p_delong is not None
    assert auc.p_bootstrap == pytest.approx(auc.p_delong, abs=0.05)


def test_more_than_two_classes_have_no_delong() -> None:
    assert {row.p_delong for row in compare(_pair(2.0, classes=3), FAST)} == {None}


def test_holm_equals_the_papers_procedure() -> None:
    # Sorted: 0.005 x 4, 0.01 x 3, 0.03 x 2, 0.04 -> never falling.
    assert holm([0.01, 0.04, None, 0.03, 0.005]) == pytest.approx([0.03, 0.06, None, 0.06, 0.02])
    assert holm([0.9, 0.8]) == [1.0, 1.0]
    assert holm([]) == []


def test_several_models_are_corrected_for() -> None:
    two = _pair(skill=1.4)
    alone = _of(compare(two, FAST), "auc")
    three = compare({**two, "c": draw(rows=150, patients=100, skill=1.2, seed=0)}, FAST)
    together = _of(three, "auc")
    assert [(row.first, row.second) for row in three if row.figure == "auc"] == [
        ("a", "b"),
        ("a", "c"),
        ("b", "c"),
    ]
    assert alone.p_delong is not None
    assert together.p_delong is not None
    assert together.p_delong >= alone.p_delong
    assert together.difference == alone.difference


def test_too_few_patients_get_no_p() -> None:
    sample = draw(rows=12, patients=6)
    for row in compare({"a": sample, "b": draw(rows=12, patients=6, skill=3)}, FAST):
        assert row.p_bootstrap is None
        assert "Too few" in row.difference.note


def test_other_images_are_refused() -> None:
    sample = draw()
    for other in (draw(rows=50), draw(seed=1)):
        with pytest.raises(DatasetError, match="not measured on the same images"):
            compare({"a": sample, "b": other}, FAST)
    with pytest.raises(DatasetError, match="needs two models"):
        compare({"a": sample}, FAST)
