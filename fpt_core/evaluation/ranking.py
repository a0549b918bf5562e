"""How well scores rank positives before negatives, under many weightings at once.

scikit-learn computes the same figures for one weighting at a time, which 2,000
resamples cannot wait for.
"""

from __future__ import annotations

import numpy as np

from fpt_core.evaluation.sample import Flags, Floats


def auc(scores: Floats, positive: Flags, weights: Floats) -> Floats:
    """Area under the ROC curve; ties count half. NaN without positives or negatives.

    Shape:
        scores, positive ``(n,)``; weights ``(R, n)`` -> ``(R,)``.
    """
    hits, misses = by_score(scores, positive, weights)
    below = misses.cumsum(1) - misses
    return divided((hits * (below + misses / 2)).sum(1), hits.sum(1) * misses.sum(1))


def average_precision(scores: Floats, positive: Flags, weights: Floats) -> Floats:
    """Precision averaged over recall, without interpolation. NaN without positives.

    Shape:
        scores, positive ``(n,)``; weights ``(R, n)`` -> ``(R,)``.
    """
    hits, misses = by_score(-scores, positive, weights)
    true = hits.cumsum(1)
    precision = divided(true, true + misses.cumsum(1))
    gained = np.where(hits > 0, hits * precision, 0.0).sum(1)
    return divided(gained, hits.sum(1))


def divided(numerator: Floats, denominator: Floats) -> Floats:
    """The quotient, NaN where there is nothing to divide by."""
    quotient = np.full(np.broadcast_shapes(numerator.shape, denominator.shape), np.nan)
    np.divide(numerator, denominator, out=quotient, where=denominator != 0)
    return quotient


def by_score(scores: Floats, positive: Flags, weights: Floats) -> tuple[Floats, Floats]:
    """Weight of positives and of negatives at each distinct score, in ascending order.

    Shape:
        scores, positive ``(n,)``; weights ``(R, n)`` -> ``(R, distinct scores)`` each.
    """
    order = np.argsort(scores, kind="stable")
    ordered = scores[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    sorted_weights = weights[:, order]
    hits = np.add.reduceat(sorted_weights * positive[order], starts, axis=1)
    return hits, np.add.reduceat(sorted_weights, starts, axis=1) - hits
