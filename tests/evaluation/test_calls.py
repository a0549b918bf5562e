"""Against scikit-learn and the other files of this room."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix, precision_score, recall_score

from fpt_core.evaluation.calls import Calls, calls, confusion_at
from fpt_core.evaluation.decisions import confusion
from fpt_core.evaluation.thresholds import net_benefit_curve
from tests.evaluation.samples import draw

SAMPLE = draw(rows=90, classes=3)


@pytest.mark.parametrize("threshold", [0.05, 0.3, 0.5])
def test_shares_equal_scikit_learns(threshold: float) -> None:
    found = calls(SAMPLE, 1, threshold)
    positive, called = SAMPLE.positive(1), SAMPLE.probabilities[:, 1] >= threshold
    assert found.sensitivity == pytest.approx(recall_score(positive, called))
    assert found.specificity == pytest.approx(recall_score(~positive, ~called))
    assert found.ppv == pytest.approx(precision_score(positive, called))
    assert found.prevalence == pytest.approx(1 / 3)
    [point] = net_benefit_curve(SAMPLE, 1, [threshold])
    assert found.net_benefit(threshold) == pytest.approx(point.model)


def test_a_score_at_the_threshold_is_called() -> None:
    threshold = float(np.sort(SAMPLE.probabilities[:, 0])[40])
    found = calls(SAMPLE, 0, threshold)
    assert found.true_pos + found.false_pos == int((SAMPLE.probabilities[:, 0] >= threshold).sum())


def test_what_cannot_be_divided_is_none() -> None:
    nobody = Calls(0, 0, 0, 0)
    assert (nobody.sensitivity, nobody.specificity, nobody.ppv, nobody.prevalence) == (None,) * 4
    assert nobody.net_benefit(0.5) is None
    assert Calls(1, 1, 1, 1).net_benefit(1.0) is None
    assert Calls(0, 0, 3, 4).ppv is None


def test_the_matrix_at_one_half_of_two_classes_is_the_plain_one() -> None:
    drawn = draw(rows=80)
    sample = drawn.only(drawn.probabilities[:, 0] != 0.5)
    plain = confusion(sample, np.ones((1, len(sample))))[0]
    assert (confusion_at(sample, 1, 0.5) == plain).all()


def test_rows_that_are_not_called_go_to_the_best_of_the_others() -> None:
    given = SAMPLE.probabilities[:, [0, 2]].argmax(1) * 2
    given[SAMPLE.probabilities[:, 1] >= 0.25] = 1
    assert (confusion_at(SAMPLE, 1, 0.25) == confusion_matrix(SAMPLE.targets, given)).all()
    assert confusion_at(SAMPLE, 1, 2.0)[:, 1].sum() == 0
