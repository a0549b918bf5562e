"""Against scikit-learn and plain loops."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.special import expit, logit
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss
from sklearn.metrics import log_loss as reference_log_loss

from fpt_core.evaluation.probabilities import (
    brier,
    calibration_error,
    calibration_intercept,
    calibration_slope,
    log_loss,
)
from tests.evaluation.samples import counts, draw

SAMPLE = draw(rows=200)
WEIGHTS = np.vstack([np.ones(len(SAMPLE)), counts(SAMPLE)])
SCORES, POSITIVE = SAMPLE.probabilities[:, 1], SAMPLE.positive(1)


def test_brier_and_log_loss_equal_scikit_learns() -> None:
    scores = brier(SCORES, POSITIVE, WEIGHTS)
    losses = log_loss(SAMPLE, WEIGHTS)
    for row, weights in enumerate(WEIGHTS):
        assert scores[row] == pytest.approx(
            brier_score_loss(POSITIVE, SCORES, sample_weight=weights)
        )
        assert losses[row] == pytest.approx(
            reference_log_loss(SAMPLE.targets, SAMPLE.probabilities, sample_weight=weights)
        )


def test_the_slope_is_a_logistic_regressions() -> None:
    slopes = calibration_slope(SCORES, POSITIVE, WEIGHTS)
    for row, weights in enumerate(WEIGHTS):
        reference = LogisticRegression(C=1e9, tol=1e-9, max_iter=1000)
        reference.fit(logit(SCORES)[:, None], POSITIVE, weights)
        assert slopes[row] == pytest.approx(reference.coef_[0, 0], rel=1e-4)


def test_the_intercept_makes_the_mean_right() -> None:
    intercepts = calibration_intercept(SCORES, POSITIVE, WEIGHTS)
    for row, weights in enumerate(WEIGHTS):

        def excess(shift: float, weights: np.ndarray = weights) -> float:
            return float((weights * (POSITIVE - expit(logit(SCORES) + shift))).sum())

        assert intercepts[row] == pytest.approx(brentq(excess, -10, 10), abs=1e-6)


def test_calibration_error_equals_a_plain_loop() -> None:
    found = calibration_error(SCORES, POSITIVE, WEIGHTS)
    for row, weights in enumerate(WEIGHTS):
        expected = 0.0
        for low in np.arange(10) / 10:
            here = (low < SCORES) & (low + 0.1 + 1e-12 >= SCORES)
            if weights[here].sum():
                share = np.average(POSITIVE[here], weights=weights[here])
                mean = np.average(SCORES[here], weights=weights[here])
                expected += weights[here].sum() / weights.sum() * abs(share - mean)
        assert found[row] == pytest.approx(expected)


def test_a_calibrated_model_has_slope_one_and_no_error() -> None:
    rng = np.random.default_rng(0)
    scores = rng.uniform(0.02, 0.98, 40_000)
    true = rng.random(40_000) < scores
    ones = np.ones((1, len(scores)))
    assert calibration_slope(scores, true, ones)[0] == pytest.approx(1, abs=0.04)
    assert calibration_intercept(scores, true, ones)[0] == pytest.approx(0, abs=0.04)
    assert calibration_error(scores, true, ones)[0] < 0.015
    sharp = expit(2 * logit(scores))
    assert calibration_slope(sharp, true, ones)[0] == pytest.approx(0.5, abs=0.02)


@pytest.mark.parametrize(
    "scores",
    [np.full(6, 0.3), np.array([0.1, 0.2, 0.3, 0.7, 0.8, 0.9]), np.array([0.0, 0, 0, 1, 1, 1])],
    ids=["all alike", "separated", "certain"],
)
def test_no_slope_is_no_number(scores: np.ndarray) -> None:
    positive = np.array([False, False, False, True, True, True])
    assert np.isnan(calibration_slope(scores, positive, np.ones((1, 6)))[0])


def test_certain_mistakes_are_finite() -> None:
    scores, positive = np.array([1.0, 0.0, 0.5, 0.6]), np.array([False, True, True, False])
    assert np.isfinite(calibration_intercept(scores, positive, np.ones((1, 4)))[0])
    assert np.isfinite(brier(scores, positive, np.ones((1, 4)))[0])
