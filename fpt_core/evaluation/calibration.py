"""Make probabilities honest, on data that is neither training nor test."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import minimize
from scipy.special import log_softmax, softmax
from scipy.stats import binomtest

from fpt_core.config import CalibrationMethod
from fpt_core.errors import ConfigError, DatasetError
from fpt_core.evaluation.probabilities import NUM_BINS, bin_of
from fpt_core.evaluation.sample import Flags, Floats, Sample

LEAST_PATIENTS = 10
"""Fewer patients of a class are too few to calibrate on."""
_LEAST = 1e-300
_SLOPES = (0.05, 20.0)


@dataclass(frozen=True, slots=True)
class Calibration:
    """Calibrated probabilities are ``softmax(slope * logits + offsets)``.

    Temperature scaling has the inverse of its temperature as slope and no offsets. Platt
    scaling has offsets too; with more than two classes they shift each class.

    Reference: Guo et al., On Calibration of Modern Neural Networks, ICML 2017; Platt,
    Advances in Large Margin Classifiers 1999.
    """

    method: CalibrationMethod
    slope: float
    offsets: tuple[float, ...]
    """One per class."""
    source: str
    """The data that it was fitted on, in words."""
    images: int
    patients: int

    def __str__(self) -> str:
        return f"{self.method} on {self.images} {self.source} of {self.patients} patients"

    @classmethod
    def parse(cls, record: Mapping[str, Any]) -> Calibration:
        """From JSON-ready values."""
        return cls(**{**record, "offsets": tuple(record["offsets"])})

    def apply(self, probabilities: Floats) -> Floats:
        """Calibrated from uncalibrated probabilities, whose logarithms serve as logits.

        Shape:
            ``(n, classes)``.
        """
        logits = np.log(np.clip(probabilities, _LEAST, None))
        calibrated: Floats = softmax(self.slope * logits + np.array(self.offsets), axis=1)
        return calibrated


def fit_calibration(sample: Sample, method: CalibrationMethod, source: str) -> Calibration:
    """The calibration under which ``sample`` is most likely.

    The true classes are softened as Platt did, by one imagined answer on either side, so
    that few images without a mistake do not make the model sure of everything.

    Args:
        sample: Uncalibrated answers on data that is neither training nor test.
        method: ``platt`` also moves the shares of the classes, as another prevalence needs.
        source: The data, in words.

    Raises:
        ConfigError: If there is no such method.
        DatasetError: If a class has too few patients.
    """
    if method not in ("temperature", "platt"):
        raise ConfigError(
            f"Calibration must be temperature or platt, not {method!r}.", "Choose one of them."
        )
    _check_enough(sample, source)
    logits = np.log(np.clip(sample.probabilities, _LEAST, None))
    soft = _softened(sample)
    shifts = len(sample.class_names) - 1 if method == "platt" else 0

    def loss(parameters: Floats) -> tuple[float, Floats]:
        offsets = np.r_[0.0, parameters[1:], np.zeros(logits.shape[1] - 1 - shifts)]
        logs = log_softmax(parameters[0] * logits + offsets, axis=1)
        error = np.exp(logs) - soft
        gradient = np.r_[(error * logits).sum(), error.sum(0)[1 : 1 + shifts]]
        return float(-(soft * logs).sum() / len(soft)), gradient / len(soft)

    start = np.r_[1.0, np.zeros(shifts)]
    bounds = [_SLOPES] + [(None, None)] * shifts
    fitted = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, tol=1e-12).x
    offsets = np.r_[0.0, fitted[1:]] if shifts else np.zeros(logits.shape[1])
    return Calibration(
        method,
        float(fitted[0]),
        tuple(float(offset) for offset in offsets),
        source,
        len(sample),
        sample.num_patients,
    )


def _check_enough(sample: Sample, source: str) -> None:
    for index, name in enumerate(sample.class_names):
        patients = sample.patients_of(sample.positive(index))
        if patients < LEAST_PATIENTS:
            raise DatasetError(
                f"Not calibrated: the {source} hold {patients} patients of class {name!r}, "
                f"{LEAST_PATIENTS} are needed.",
                "Give the validation split more patients.",
            )


def _softened(sample: Sample) -> Floats:
    classes = len(sample.class_names)
    counts = np.bincount(sample.targets, minlength=classes)[sample.targets]
    sure = (counts + 1) / (counts + 2)
    soft = np.repeat(((1 - sure) / (classes - 1))[:, None], classes, axis=1)
    soft[np.arange(len(sample)), sample.targets] = sure
    return soft


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
