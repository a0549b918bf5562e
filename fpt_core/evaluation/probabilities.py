"""Whether probabilities can be taken at their word, under many weightings at once."""

from __future__ import annotations

import numpy as np
from scipy.special import expit, logit

from fpt_core.evaluation.ranking import divided
from fpt_core.evaluation.sample import Flags, Floats, Indices, Sample

NUM_BINS = 10
"""Bins of equal width, as in the reliability diagram."""
_LEAST = 1e-12
"""Probabilities are kept this far from 0 and 1 where their logarithm is taken."""
_MOST_STEPS = 30
_TOLERANCE = 1e-8
_STEEPEST = 1e3
"""A coefficient beyond it means that there is none: the scores are all alike, say."""


def brier(scores: Floats, positive: Flags, weights: Floats) -> Floats:
    """Mean squared distance of a class's probability from what was true.

    Reference: Brier, Monthly Weather Review 1950.

    Shape:
        scores, positive ``(n,)``; weights ``(R, n)`` -> ``(R,)``.
    """
    return divided(weights @ (scores - positive) ** 2, weights.sum(1))


def log_loss(sample: Sample, weights: Floats) -> Floats:
    """Mean negative logarithm of the true class's probability.

    Shape:
        weights ``(R, n)`` -> ``(R,)``.
    """
    true = sample.probabilities[np.arange(len(sample)), sample.targets]
    return divided(weights @ -np.log(np.clip(true, _LEAST, 1)), weights.sum(1))


def bin_of(scores: Floats) -> Indices:
    """Which of the ``NUM_BINS`` bins each score falls into; a bin holds its upper edge."""
    bins: Indices = np.clip(np.ceil(scores * NUM_BINS) - 1, 0, NUM_BINS - 1).astype(np.int64)
    return bins


def calibration_error(scores: Floats, true: Flags, weights: Floats) -> Floats:
    """Expected calibration error: distance of mean score and observed share, over bins.

    Reference: Guo et al., On Calibration of Modern Neural Networks, ICML 2017.

    Shape:
        scores, true ``(n,)``; weights ``(R, n)`` -> ``(R,)``.
    """
    bins = np.eye(NUM_BINS)[bin_of(scores)]
    gaps = np.abs(weights @ (bins * (scores - true)[:, None])).sum(1)
    return divided(gaps, weights.sum(1))


def calibration_intercept(scores: Floats, positive: Flags, weights: Floats) -> Floats:
    """Calibration in the large: the shift in log odds that makes the mean right; 0 is ideal.

    Reference: Van Calster et al., BMC Medicine 2019.

    Shape:
        scores, positive ``(n,)``; weights ``(R, n)`` -> ``(R,)``.
    """
    odds = _log_odds(scores)
    return _logistic(np.ones((1, len(odds))), odds, positive, weights)[:, 0]


def calibration_slope(scores: Floats, positive: Flags, weights: Floats) -> Floats:
    """Slope of a logistic regression on the log odds; below 1 is overconfident.

    Reference: Cox, Biometrika 1958; Van Calster et al., BMC Medicine 2019.

    Shape:
        scores, positive ``(n,)``; weights ``(R, n)`` -> ``(R,)``, NaN where the class is
        separated without error or the scores are all alike.
    """
    odds = _log_odds(scores)
    design = np.stack([np.ones_like(odds), odds])
    slopes = np.full(len(weights), np.nan)
    mixed = ~_separated(odds, positive, weights)
    slopes[mixed] = _logistic(design, np.zeros_like(odds), positive, weights[mixed])[:, 1]
    return slopes


def _separated(odds: Floats, positive: Flags, weights: Floats) -> Flags:
    """In which weightings all positives lie on one side of all negatives."""
    drawn = weights > 0
    lows, highs = (
        [pick(np.where(drawn & side, odds, edge), axis=1) for side in (positive, ~positive)]
        for pick, edge in ((np.min, np.inf), (np.max, -np.inf))
    )
    found: Flags = (lows[0] >= highs[1]) | (lows[1] >= highs[0])
    return found


def _log_odds(scores: Floats) -> Floats:
    odds: Floats = logit(np.clip(scores, _LEAST, 1 - _LEAST))
    return odds


def _logistic(design: Floats, offset: Floats, positive: Flags, weights: Floats) -> Floats:
    """Weighted logistic regressions by Newton's method, all weightings at once.

    Shape:
        design ``(k, n)``, offset ``(n,)``, weights ``(R, n)`` -> coefficients ``(R, k)``.
    """
    terms = len(design)
    products = (design[:, None] * design[None]).reshape(terms * terms, -1)
    fitted = np.zeros((len(weights), terms))
    active = np.arange(len(weights))
    for _ in range(_MOST_STEPS):
        mean = expit(offset + fitted[active] @ design)
        gradient = (weights[active] * (positive - mean)) @ design.T
        curvature = ((weights[active] * mean * (1 - mean)) @ products.T).reshape(-1, terms, terms)
        step, sound = _solved(curvature, gradient)
        fitted[active] += step
        sound &= np.abs(fitted[active]).max(1) < _STEEPEST
        fitted[active[~sound]] = np.nan
        active = active[sound & (np.abs(step).max(1) > _TOLERANCE)]
        if not len(active):
            break
    fitted[active] = np.nan
    return fitted


def _solved(curvature: Floats, gradient: Floats) -> tuple[Floats, Flags]:
    """Newton steps, and which of them exist."""
    scale = np.abs(curvature).max((1, 2))
    determinant = np.linalg.det(curvature)
    sound: Flags = determinant > 1e-12 * np.maximum(scale, 1e-300) ** curvature.shape[-1]
    step = np.zeros_like(gradient)
    step[sound] = np.linalg.solve(curvature[sound], gradient[sound][..., None])[..., 0]
    return step, sound
