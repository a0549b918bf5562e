"""Against scikit-learn, weighting by weighting."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from fpt_core.evaluation.ranking import auc, average_precision
from tests.evaluation.samples import counts, draw


@pytest.mark.parametrize(
    ("ours", "reference"),
    [(auc, roc_auc_score), (average_precision, average_precision_score)],
    ids=["auc", "average precision"],
)
def test_equals_scikit_learns(ours, reference) -> None:  # type: ignore[no-untyped-def]
    sample = draw()
    weights = np.vstack([np.ones(len(sample)), counts(sample)])
    scores, positive = sample.probabilities[:, 1], sample.positive(1)
    assert len(np.unique(scores)) < len(scores), "ties are among them"
    expected = [reference(positive, scores, sample_weight=row) for row in weights]
    assert ours(scores, positive, weights) == pytest.approx(expected)


def test_without_positives_or_negatives_there_is_none() -> None:
    scores, positive = np.array([0.1, 0.5, 0.9]), np.array([False, False, True])
    weights = np.array([[1.0, 1, 0], [0, 0, 2], [0, 0, 0]])
    assert np.isnan(auc(scores, positive, weights)).all()
    assert np.isnan(average_precision(scores, positive, weights)).tolist() == [True, False, True]


def test_scores_all_alike_rank_nothing() -> None:
    positive = np.array([True, False, True])
    assert auc(np.full(3, 0.5), positive, np.ones((1, 3)))[0] == 0.5
    assert average_precision(np.full(3, 0.5), positive, np.ones((1, 3)))[0] == pytest.approx(2 / 3)
