"""Intervals by resampling patients."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.stats import binomtest, norm

from fpt_core.evaluation.sample import Floats, Sample

_CELLS_AT_ONCE = 2**22
_MOST_LEFT_OUT = 400
"""Above so many patients the jackknife leaves them out in this many groups."""


@dataclass(frozen=True, slots=True)
class BootstrapConfig:
    """How intervals are made."""

    resamples: int = 2000
    confidence: float = 0.95
    seed: int = 0
    least_patients: int = 10
    """Fewer patients on either side of what a figure compares give no interval."""
    least_defined: float = 0.95
    """Share of resamples in which a figure must be measurable."""


@dataclass(frozen=True, slots=True)
class Interval:
    """Between which values the truth is taken to lie."""

    low: float
    high: float
    method: str
    """How it was made, in words."""


def resampled(sample: Sample, config: BootstrapConfig) -> Iterator[Floats]:
    """Weights of resamples: patients drawn with replacement, all rows of each.

    Shape:
        yields ``(r, n)``; ``config.resamples`` rows in all.
    """
    rng = np.random.default_rng(config.seed)
    patients = sample.num_patients
    at_once = max(1, _CELLS_AT_ONCE // max(1, len(sample)))
    for start in range(0, config.resamples, at_once):
        rows = min(at_once, config.resamples - start)
        drawn = rng.integers(0, patients, (rows, patients)) + np.arange(rows)[:, None] * patients
        counts = np.bincount(drawn.ravel(), minlength=rows * patients).reshape(rows, patients)
        yield counts[:, sample.patients].astype(np.float64)


def jackknifed(sample: Sample) -> Iterator[Floats]:
    """Weights with each patient, or each of many groups of patients, left out in turn.

    Shape:
        yields ``(r, n)``.
    """
    groups = min(sample.num_patients, _MOST_LEFT_OUT)
    group_of = sample.patients % max(1, groups)
    at_once = max(1, _CELLS_AT_ONCE // max(1, len(sample)))
    for start in range(0, groups, at_once):
        left_out = np.arange(start, min(start + at_once, groups))
        yield (group_of[None, :] != left_out[:, None]).astype(np.float64)


def bca(
    value: float, resamples: Floats, jackknife: Floats, confidence: float
) -> tuple[float, float]:
    """The bias-corrected and accelerated interval.

    Reference: Efron, Better Bootstrap Confidence Intervals, JASA 1987.

    Shape:
        resamples ``(R,)``, jackknife ``(groups,)``, without NaN.
    """
    below = np.mean(resamples < value) + np.mean(resamples == value) / 2
    edge = 1 / (2 * len(resamples))
    bias = norm.ppf(np.clip(below, edge, 1 - edge))
    distance = jackknife.mean() - jackknife if len(jackknife) else np.zeros(1)
    spread = float((distance**2).sum()) ** 1.5
    acceleration = float((distance**3).sum()) / (6 * spread) if spread else 0.0
    tails = norm.ppf([(1 - confidence) / 2, (1 + confidence) / 2])
    shifted = bias + (bias + tails) / (1 - acceleration * (bias + tails))
    low, high = np.quantile(resamples, norm.cdf(shifted))
    return float(low), float(high)


def exact(value: float, patients: int, confidence: float) -> Interval:
    """The Clopper-Pearson interval of a share that is 0 or 1 in every patient.

    There all resamples agree and say nothing of how far the truth may lie.
    """
    test = binomtest(round(value * patients), patients)
    bounds = test.proportion_ci(confidence, method="exact")
    return Interval(float(bounds.low), float(bounds.high), "exact (Clopper-Pearson) over patients")


def two_sided(differences: Floats) -> float | None:
    """P value of no difference: twice the smaller share of resamples on either side of it.

    Shape:
        ``(R,)``; ``None`` where none is a number.
    """
    known = differences[~np.isnan(differences)]
    if not len(known):
        return None
    smaller = min((known <= 0).sum(), (known >= 0).sum())
    return float(min(1.0, 2 * (smaller + 1) / (len(known) + 1)))
