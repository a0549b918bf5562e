"""Against the published formulas written out in loops over all pairs."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from fpt_core.evaluation.delong import DeLong, delong
from tests.evaluation.samples import draw


def _psi(x: float, y: float) -> float:
    return 1.0 if x > y else 0.5 if x == y else 0.0


def _components(scores: np.ndarray, positive: np.ndarray) -> tuple[list[float], list[float]]:
    ups, downs = scores[positive], scores[~positive]
    v10 = [sum(_psi(x, y) for y in downs) / len(downs) for x in ups]
    v01 = [sum(_psi(x, y) for x in ups) / len(ups) for y in downs]
    return v10, v01


def _delong_1988(scores: np.ndarray, positive: np.ndarray) -> np.ndarray:
    parts = [_components(row, positive) for row in scores]
    s10 = np.cov(np.array([v10 for v10, _ in parts]))
    s01 = np.cov(np.array([v01 for _, v01 in parts]))
    return np.asarray(s10 / positive.sum() + s01 / (~positive).sum())


def _obuchowski_1997(scores: np.ndarray, positive: np.ndarray, patients: np.ndarray) -> float:
    v10, v01 = _components(scores, positive)
    theta, m, n = float(np.mean(v10)), int(positive.sum()), int((~positive).sum())
    everyone = sorted(set(patients.tolist()))
    x = dict.fromkeys(everyone, 0.0)
    y = dict.fromkeys(everyone, 0.0)
    for value, patient in zip(v10, patients[positive], strict=True):
        x[patient] += value - theta
    for value, patient in zip(v01, patients[~positive], strict=True):
        y[patient] += value - theta
    i10, i01, i = len(set(patients[positive])), len(set(patients[~positive])), len(everyone)
    s10 = i10 / ((i10 - 1) * m) * sum(v**2 for v in x.values())
    s01 = i01 / ((i01 - 1) * n) * sum(v**2 for v in y.values())
    s11 = i / (i - 1) * sum(x[p] * y[p] for p in everyone)
    return s10 / m + s01 / n + 2 * s11 / (m * n)


_ALBUMIN = """
3.0 3.2 3.9 2.8 3.2 0.9 2.5 1.6 3.8 3.7 3.2 3.8 4.1 3.6 4.3 3.6 2.3 4.2 4.0 3.5 3.8
3.0 4.5 3.7 3.1 4.1 4.3 4.3 3.2 2.6 3.3 1.7 3.7 3.3 4.2 3.5 2.9 2.1 2.8 4.0 3.3 3.7 3.6
"""
_PROTEIN = """
5.8 6.3 6.8 4.8 5.8 4.0 5.7 5.6 5.7 6.7 5.4 6.6 6.6 5.7 7.0 6.7 4.4 7.6 6.6 5.8 6.8
4.7 7.4 7.4 6.6 8.2 7.0 6.5 5.1 4.7 6.8 4.0 6.1 6.3 7.7 6.2 5.7 4.8 6.2 7.0 5.7 6.9 6.6
"""
_SCORE = "10 5 3 6 3 5 8 5 5 6 4 6 5 5 4 4 6 4 6 6 7 8 5 5 6 6 5 4 5 6 6 7 5 7 6 5 9 7 8 7 6 5 5"
_SURGERY_HELPED = "0110100111111110100110111111110011110101111"


def _two_models(rows: int = 60) -> tuple[np.ndarray, np.ndarray]:
    first, second = draw(rows, seed=0), draw(rows, seed=0, skill=2.0)
    assert (first.targets == second.targets).all()
    return np.stack([first.probabilities[:, 1], second.probabilities[:, 1]]), first.positive(1)


def test_one_image_per_patient_is_delongs() -> None:
    scores, positive = _two_models()
    found = delong(scores, positive, np.arange(60))
    assert found is not None
    assert found.auc == pytest.approx([roc_auc_score(positive, row) for row in scores])
    assert np.allclose(found.covariance, _delong_1988(scores, positive))


def test_the_published_example_of_ovarian_cancer() -> None:
    """Data of DeLong et al., Biometrics 1988, with the numbers that SAS prints for them.

    Reference: SAS/STAT User's Guide, The LOGISTIC Procedure, example "Comparing Receiver
    Operating Characteristic Curves" (43 patients without missing values).
    """
    albumin, protein, score = (
        np.array(text.split(), float) for text in (_ALBUMIN, _PROTEIN, _SCORE)
    )
    helped = np.array(list(_SURGERY_HELPED)) == "1"
    found = delong(np.stack([albumin, 10 - score, protein]), helped, np.arange(43))
    assert found is not None
    assert found.auc.round(4).tolist() == [0.7366, 0.7258, 0.6478]
    assert np.sqrt(np.diag(found.covariance)).round(4).tolist() == [0.0927, 0.1028, 0.1000]
    for other, expected in ((0, (0.0108, 0.0953, 0.9102)), (2, (-0.0780, 0.1046, 0.4561))):
        pair = np.ix_([other, 1], [other, 1])
        two = DeLong(found.auc[[other, 1]], found.covariance[pair])
        spread = np.sqrt(two.covariance @ [1, -1] @ [1, -1])
        told = (two.auc[0] - two.auc[1], spread, two.p_value())
        assert told == pytest.approx(expected, abs=5e-5)


def test_several_images_per_patient_are_obuchowskis() -> None:
    scores, positive = _two_models()
    patients = np.arange(60) // 3
    found = delong(scores, positive, patients)
    assert found is not None
    for index in range(2):
        expected = _obuchowski_1997(scores[index], positive, patients)
        assert found.covariance[index, index] == pytest.approx(expected)


def test_copies_of_every_image_add_no_certainty() -> None:
    scores, positive = _two_models()
    once = delong(scores, positive, np.arange(60))
    copied = delong(np.tile(scores, 2), np.tile(positive, 2), np.tile(np.arange(60), 2))
    assert once is not None
    assert copied is not None
    assert np.allclose(copied.covariance, once.covariance)


def test_interval_and_p() -> None:
    found = DeLong(np.array([0.9, 0.8]), np.array([[0.0025, 0.001], [0.001, 0.0025]]))
    interval = found.interval(0.95)
    assert interval is not None
    # Odds of 9, and a margin of 1.96 x 0.05 / (0.9 x 0.1) in their logarithm.
    assert interval.low == pytest.approx(9 / (9 + np.exp(1.0889)), abs=1e-4)
    assert interval.high == pytest.approx(9 / (9 + np.exp(-1.0889)), abs=1e-4)
    # z = 0.1 / sqrt(0.003)
    assert found.p_value() == pytest.approx(0.0679, abs=1e-4)


def test_no_variance_is_told() -> None:
    scores, positive = np.array([[0.1, 0.2, 0.8, 0.9]]), np.array([False, False, True, True])
    perfect = delong(np.vstack([scores, scores]), positive, np.arange(4))
    assert perfect is not None
    assert perfect.interval(0.95) is None
    assert perfect.p_value() is None
    assert delong(scores, positive, np.array([0, 1, 2, 2])) is None, "one patient with positives"
    assert delong(scores, np.ones(4, bool), np.arange(4)) is None
