"""Every figure of a sample, by class, as mean over classes and over all, with its interval."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from fpt_core.errors import ConfigError
from fpt_core.evaluation import decisions, probabilities, ranking
from fpt_core.evaluation.bootstrap import BootstrapConfig, jackknifed, resampled
from fpt_core.evaluation.decisions import Values
from fpt_core.evaluation.delong import delong
from fpt_core.evaluation.figure import Figure, Support, too_few, with_interval
from fpt_core.evaluation.sample import Flags, Floats, Sample

OVERALL, MACRO = "overall", "macro"
"""Where figures over all classes, and means of the classes' figures, are found."""
Key = tuple[str, str]
"""``overall``, ``macro`` or a class's place as ``class:0``; and the figure's name."""
Statistic = Callable[[Sample, Floats], Floats]
"""A figure of a sample under many weightings ``(R, n)`` -> ``(R,)``."""

_SIDES: Mapping[str, tuple[str, ...]] = {
    "auc": ("positive", "negative"),
    "average_precision": ("positive", "negative"),
    "sensitivity": ("positive",),
    "specificity": ("negative",),
    "ppv": ("flagged",),
    "npv": ("cleared",),
    "ppv_at_prevalence": ("positive", "negative"),
    "npv_at_prevalence": ("positive", "negative"),
    "f1": ("positive",),
    "brier": ("any",),
    "calibration_slope": ("positive", "negative"),
    "calibration_intercept": ("positive", "negative"),
    "calibration_error": ("any",),
}
"""The figures of one class, and the rows without which each says nothing."""
_NO_MEAN = ("calibration_intercept",)
"""Figures whose mean over classes says nothing: one class' excess is the others' lack."""
_SHARES = ("accuracy", "sensitivity", "specificity", "ppv", "npv")
_IN_WORDS = {
    "positive": "of the class",
    "negative": "of another class",
    "flagged": "called so",
    "cleared": "not called so",
    "any": "in all",
}


@dataclass(frozen=True, slots=True)
class MeasureConfig:
    """What is measured beside the plain figures."""

    thresholds: Mapping[str, float] = field(default_factory=dict)
    """By class: called so from this probability on; other classes where most probable."""
    prevalence: Mapping[str, float] = field(default_factory=dict)
    """By class: the share for which predictive values are wanted."""
    order: tuple[str, ...] = ()
    """All classes from least to most, where they are steps of a scale: adds quadratic kappa."""
    bootstrap: BootstrapConfig = field(default_factory=BootstrapConfig)

    def __post_init__(self) -> None:
        for name, share in self.prevalence.items():
            if not 0 < share < 1:
                raise ConfigError(
                    f"The prevalence of {name!r} must lie between 0 and 1, not {share}.",
                    "Give 0.1 for one in ten.",
                )


@dataclass(frozen=True, slots=True)
class Figures:
    """All figures of a sample."""

    images: int
    """Rows that were measured: images, patients or other units."""
    patients: int
    left_out: int
    overall: Mapping[str, Figure]
    macro: Mapping[str, Figure]
    """Means over the classes that can be measured."""
    by_class: Mapping[str, Mapping[str, Figure]]

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready values."""
        return dataclasses.asdict(self)


def measure(sample: Sample, config: MeasureConfig | None = None) -> Figures:
    """Every figure of ``sample``.

    Raises:
        ConfigError: If a threshold, prevalence or order names classes that there are not.
    """
    config = config or MeasureConfig()
    _check_names(sample, config)
    if not len(sample):
        return Figures(0, 0, sample.left_out, {}, {}, {name: {} for name in sample.class_names})
    found = _intervals(sample, config)
    names = sample.class_names
    by_class = {name: _of(found, f"class:{index}") for index, name in enumerate(names)}
    for index, name in enumerate(names):
        by_class[name]["auc_delong"] = _delong_figure(sample, index, config.bootstrap)
    return Figures(
        len(sample),
        sample.num_patients,
        sample.left_out,
        _of(found, OVERALL),
        _of(found, MACRO),
        by_class,
    )


def point_values(sample: Sample, config: MeasureConfig) -> dict[Key, float]:
    """Every figure of ``sample`` without an interval."""
    flagged = flags(sample, config.thresholds)
    found = _values(sample, flagged, config, np.ones((1, len(sample))))
    return {key: float(value[0]) for key, value in found.items()}


def one_figure(
    sample: Sample, key: Key, statistic: Statistic, bootstrap: BootstrapConfig | None = None
) -> Figure:
    """A single figure with its interval, where the others are not wanted.

    Args:
        sample: What is measured.
        key: The figure's place and name, such as ``("macro", "auc")``.
        statistic: Its values under many weightings.
        bootstrap: How intervals are made.
    """
    if not len(sample):
        return Figure(None, note="There are no images.")
    config = MeasureConfig(bootstrap=bootstrap or BootstrapConfig())
    return _figures(sample, config, lambda weights: {key: statistic(sample, weights)})[key]


def point_figures(
    sample: Sample,
    class_name: str,
    threshold: float,
    prevalence: float,
    bootstrap: BootstrapConfig | None = None,
) -> dict[str, Figure]:
    """What calling one class from a threshold on does: sensitivity, specificity and so on."""
    if not len(sample):
        return {}
    index = sample.class_names.index(class_name)
    config = MeasureConfig({class_name: threshold}, bootstrap=bootstrap or BootstrapConfig())
    called = flags(sample, config.thresholds)[:, index]

    def values(weights: Floats) -> dict[Key, Floats]:
        found = decisions.one_class(sample.positive(index), called, weights, prevalence)
        return {(f"class:{index}", name): value for name, value in found.items()}

    return _of(_figures(sample, config, values), f"class:{index}")


def accuracy(sample: Sample, weights: Floats) -> Floats:
    """Share of rows whose most probable class is the true one.

    Shape:
        weights ``(R, n)`` -> ``(R,)``.
    """
    return decisions.agreement(decisions.confusion(sample, weights))["accuracy"]


def macro_auc(sample: Sample, weights: Floats) -> Floats:
    """Mean one-versus-rest AUC over the classes that can be measured.

    Shape:
        weights ``(R, n)`` -> ``(R,)``.
    """
    each = [
        ranking.auc(sample.probabilities[:, index], sample.positive(index), weights)
        for index in range(len(sample.class_names))
    ]
    return decisions.nan_mean(np.stack(each, 1))


def _intervals(sample: Sample, config: MeasureConfig) -> dict[Key, Figure]:
    flagged = flags(sample, config.thresholds)
    return _figures(sample, config, lambda weights: _values(sample, flagged, config, weights))


def flags(sample: Sample, thresholds: Mapping[str, float]) -> Flags:
    """Which rows are called which class.

    Shape:
        ``(n, classes)``.
    """
    called: Flags = sample.predicted[:, None] == np.arange(len(sample.class_names))
    for name, threshold in thresholds.items():
        index = sample.class_names.index(name)
        called[:, index] = sample.probabilities[:, index] >= threshold
    return called


def _values(
    sample: Sample, flagged: Flags, config: MeasureConfig, weights: Floats
) -> dict[Key, Floats]:
    matrix = decisions.confusion(sample, weights)
    top = sample.probabilities.max(1)
    overall = decisions.agreement(matrix) | {
        "log_loss": probabilities.log_loss(sample, weights),
        "calibration_error": probabilities.calibration_error(
            top, sample.predicted == sample.targets, weights
        ),
    }
    if config.order:
        ranks = np.array([config.order.index(name) for name in sample.class_names], float)
        disagreement = decisions.quadratic_disagreement(ranks)
        overall["quadratic_kappa"] = decisions.kappa(matrix, disagreement)
    classes = [
        _class_values(sample, index, flagged[:, index], weights, config.prevalence.get(name))
        for index, name in enumerate(sample.class_names)
    ]
    shared = set.intersection(*(set(values) for values in classes))
    macro = {
        name: decisions.nan_mean(np.stack([values[name] for values in classes], 1))
        for name in classes[0]
        if name in shared and name not in _NO_MEAN
    }
    found = {(OVERALL, name): value for name, value in overall.items()}
    found |= {(MACRO, name): value for name, value in macro.items()}
    for index, values in enumerate(classes):
        found |= {(f"class:{index}", name): value for name, value in values.items()}
    return found


def _class_values(
    sample: Sample, index: int, flagged: Flags, weights: Floats, prevalence: float | None
) -> Values:
    scores, positive = sample.probabilities[:, index], sample.positive(index)
    of_scores = {
        "auc": ranking.auc,
        "average_precision": ranking.average_precision,
        "brier": probabilities.brier,
        "calibration_slope": probabilities.calibration_slope,
        "calibration_intercept": probabilities.calibration_intercept,
        "calibration_error": probabilities.calibration_error,
    }
    return {
        name: compute(scores, positive, weights) for name, compute in of_scores.items()
    } | decisions.one_class(positive, flagged, weights, prevalence)


def _figures(
    sample: Sample, config: MeasureConfig, values: Callable[[Floats], dict[Key, Floats]]
) -> dict[Key, Figure]:
    """Each figure with its interval, from one set of resamples of patients."""
    point = values(np.ones((1, len(sample))))
    resamples = _gathered(values(weights) for weights in resampled(sample, config.bootstrap))
    left_out = _gathered(values(weights) for weights in jackknifed(sample))
    flagged = flags(sample, config.thresholds)
    return {
        key: with_interval(
            float(value[0]),
            resamples[key],
            left_out[key],
            _support(sample, flagged, key),
            config.bootstrap,
            is_share=key[1] in _SHARES and key[0] != MACRO,
        )
        for key, value in point.items()
    }


def _gathered(parts: Iterator[dict[Key, Floats]]) -> dict[Key, Floats]:
    found = list(parts)
    return {key: np.concatenate([part[key] for part in found]) for key in found[0]}


def _support(sample: Sample, flagged: Flags, key: Key) -> Support:
    """Patients on the smaller side of what a figure compares; of the smallest class for a mean."""
    where, name = key
    if where == OVERALL:
        return Support(sample.num_patients, _IN_WORDS["any"])
    if where != MACRO:
        return _smaller_side(sample, int(where.removeprefix("class:")), flagged, name)
    each = [_smaller_side(sample, i, flagged, name) for i in range(len(sample.class_names))]
    return min(
        [found for found in each if found.patients] or each, key=lambda found: found.patients
    )


def _smaller_side(sample: Sample, index: int, flagged: Flags, name: str) -> Support:
    positive, called = sample.positive(index), flagged[:, index]
    rows = {
        "positive": positive,
        "negative": ~positive,
        "flagged": called,
        "cleared": ~called,
        "any": np.ones(len(sample), bool),
    }
    sides = [Support(sample.patients_of(rows[side]), _IN_WORDS[side]) for side in _SIDES[name]]
    return min(sides, key=lambda side: side.patients)


def _delong_figure(sample: Sample, index: int, config: BootstrapConfig) -> Figure:
    positive, scores = sample.positive(index), sample.probabilities[:, index]
    value = float(ranking.auc(scores, positive, np.ones((1, len(sample))))[0])
    support = _smaller_side(sample, index, flags(sample, {}), "auc")
    found = delong(scores[None], positive, sample.patients)
    if np.isnan(value):
        return Figure(None, note=f"Not measurable: there are none {support.who}.")
    if found is None or support.patients < config.least_patients:
        return Figure(value, note=too_few(support, config))
    interval = found.interval(config.confidence)
    note = "" if interval else "No interval: the classes are told apart without error."
    return Figure(value, interval, note)


def _of(found: Mapping[Key, Figure], where: str) -> dict[str, Figure]:
    return {name: figure for (place, name), figure in found.items() if place == where}


def _check_names(sample: Sample, config: MeasureConfig) -> None:
    known = set(sample.class_names)
    unknown = sorted((set(config.thresholds) | set(config.prevalence)) - known)
    if unknown:
        raise ConfigError(
            f"There is no class {', '.join(map(repr, unknown))}.",
            f"Choose among {', '.join(sample.class_names)}.",
        )
    if config.order and sorted(config.order) != sorted(sample.class_names):
        raise ConfigError(
            f"The order must name each class once, not {', '.join(config.order)}.",
            f"The classes are {', '.join(sample.class_names)}.",
        )
