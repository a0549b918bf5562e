"""Make probabilities honest, on data that is neither training nor test."""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize
from scipy.special import log_softmax

from fpt_core.config import CalibrationMethod
from fpt_core.errors import ConfigError, DatasetError
from fpt_core.evaluation.calibration import Calibration, logits_of
from fpt_core.evaluation.sample import Floats, Sample

LEAST_PATIENTS = 10
"""Fewer patients of a class are too few to calibrate on."""
_SLOPES = (0.05, 20.0)


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
    logits = logits_of(sample.probabilities)
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
