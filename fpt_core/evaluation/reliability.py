"""The reliability diagram: what was predicted, and how often it was so."""

from __future__ import annotations

from dataclasses import dataclass

from scipy.stats import binomtest

from fpt_core.evaluation.probabilities import NUM_BINS, bin_of
from fpt_core.evaluation.sample import Flags, Floats


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """One point of a reliability diagram."""

    low: float
    high: float
    images: int
    predicted: float | None
    """Mean probability of the images in the bin; ``None`` where there are none."""
    observed: float | None
    """Share of them that are of the class."""
    observed_low: float | None
    """The Wilson interval of that share; it takes images as independent."""
    observed_high: float | None


def reliability(scores: Floats, positive: Flags) -> tuple[ReliabilityBin, ...]:
    """The reliability diagram of one class, in bins of equal width.

    Shape:
        scores, positive ``(n,)``.
    """
    bins = bin_of(scores)
    return tuple(
        _bin(index, scores[bins == index], positive[bins == index]) for index in range(NUM_BINS)
    )


def _bin(index: int, scores: Floats, positive: Flags) -> ReliabilityBin:
    low, high = index / NUM_BINS, (index + 1) / NUM_BINS
    if not len(scores):
        return ReliabilityBin(low, high, 0, None, None, None, None)
    found = binomtest(int(positive.sum()), len(positive)).proportion_ci(method="wilson")
    return ReliabilityBin(
        low,
        high,
        len(scores),
        float(scores.mean()),
        float(positive.mean()),
        float(found.low),
        float(found.high),
    )
