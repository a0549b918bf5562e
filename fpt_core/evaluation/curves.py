"""ROC and precision-recall curves of one class, with bands by resampling patients."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from fpt_core.evaluation.bootstrap import BootstrapConfig, resampled
from fpt_core.evaluation.figure import Support, too_few
from fpt_core.evaluation.ranking import by_score, divided
from fpt_core.evaluation.sample import Flags, Floats, Sample

_GRID = np.linspace(0, 1, 51)
_BEYOND = 1e-12
"""At a step, past it: there the curve has its upper end."""
Reading = Callable[[Floats, Floats, Floats], Floats]
"""Positives and negatives called, and places on the x axis -> the curve's height there."""


@dataclass(frozen=True, slots=True)
class Band:
    """Between which heights the truth is taken to lie, at each place for itself."""

    x: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Curve:
    """What calling the class from each threshold on does, from calling nothing to everything."""

    x: tuple[float, ...]
    """1 - specificity of a ROC curve, recall of a precision-recall curve."""
    y: tuple[float, ...]
    """Sensitivity, or precision."""
    thresholds: tuple[float, ...]
    """The class is called from this probability on."""
    band: Band | None
    """Pointwise, from percentiles of the resamples."""
    note: str = ""
    """Why there is no curve or no band."""


def roc(sample: Sample, index: int, config: BootstrapConfig | None = None) -> Curve:
    """Sensitivity against 1 - specificity of one class."""
    return _curve(sample, index, config or BootstrapConfig(), _roc_points, _sensitivity_at)


def precision_recall(sample: Sample, index: int, config: BootstrapConfig | None = None) -> Curve:
    """Precision (PPV) against recall (sensitivity) of one class."""
    return _curve(sample, index, config or BootstrapConfig(), _pr_points, _precision_at)


def _curve(
    sample: Sample,
    index: int,
    config: BootstrapConfig,
    points: Callable[[Floats, Floats], tuple[Floats, Floats]],
    reading: Reading,
) -> Curve:
    scores, positive = sample.probabilities[:, index], sample.positive(index)
    support = _smaller_side(sample, positive)
    if not support.patients:
        return Curve((), (), (), None, f"No curve: there are none {support.who}.")
    hits, alarms = _called(scores, positive, np.ones((1, len(sample))))
    x, y = points(hits[0], alarms[0])
    thresholds = np.r_[1.0, np.unique(scores)[::-1]][-len(x) :]
    band, note = None, too_few(support, config)
    if support.patients >= config.least_patients:
        band, note = _band(sample, index, config, reading), ""
    return Curve(_values(x), _values(y), _values(thresholds), band, note)


def _called(scores: Floats, positive: Flags, weights: Floats) -> tuple[Floats, Floats]:
    """Positives and negatives called at each threshold, from the highest score down.

    Shape:
        weights ``(R, n)`` -> ``(R, distinct scores)`` each.
    """
    hits, alarms = by_score(scores, positive, weights)
    return hits[:, ::-1].cumsum(1), alarms[:, ::-1].cumsum(1)


def _roc_points(hits: Floats, alarms: Floats) -> tuple[Floats, Floats]:
    return np.r_[0.0, alarms / alarms[-1]], np.r_[0.0, hits / hits[-1]]


def _pr_points(hits: Floats, alarms: Floats) -> tuple[Floats, Floats]:
    return hits / hits[-1], hits / (hits + alarms)


def _sensitivity_at(hits: Floats, alarms: Floats, at: Floats) -> Floats:
    """Straight between two thresholds, as the AUC counts ties by half."""
    heights: Floats = np.interp(at + _BEYOND, *_roc_points(hits, alarms))
    return heights


def _precision_at(hits: Floats, alarms: Floats, at: Floats) -> Floats:
    """The precision where calling has just reached these recalls."""
    place = np.searchsorted(hits / hits[-1], at - _BEYOND, side="left")
    return divided(hits, hits + alarms)[place]


def _band(sample: Sample, index: int, config: BootstrapConfig, reading: Reading) -> Band:
    scores, positive = sample.probabilities[:, index], sample.positive(index)
    drawn = []
    for weights in resampled(sample, config):
        for hits, alarms in zip(*_called(scores, positive, weights), strict=True):
            if hits[-1] and alarms[-1]:
                drawn.append(reading(hits, alarms, _GRID))
    tail = (1 - config.confidence) / 2
    low, high = np.nanquantile(drawn, [tail, 1 - tail], axis=0)
    return Band(_values(_GRID), _values(low), _values(high))


def _smaller_side(sample: Sample, positive: Flags) -> Support:
    return min(
        Support(sample.patients_of(positive), "of the class"),
        Support(sample.patients_of(~positive), "of another class"),
        key=lambda side: side.patients,
    )


def _values(array: Floats) -> tuple[float, ...]:
    return tuple(array.tolist())
