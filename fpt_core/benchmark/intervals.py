"""How often the intervals of evaluation hold the truth, by simulation.

Scores of patients are drawn from two normal distributions, whose true AUC is known;
images of one patient share part of their noise. The truth of the other figures is what
they are in a very large study of the same kind.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Generator
from dataclasses import dataclass

import numpy as np
from scipy.special import expit
from scipy.stats import norm

from fpt_core.evaluation.bootstrap import BootstrapConfig, Interval
from fpt_core.evaluation.figures import OVERALL, Key, MeasureConfig, measure, point_values
from fpt_core.evaluation.sample import Sample
from fpt_core.events import Event, Finished, Progress

_SICK = "class:1"
_KEYS: tuple[Key, ...] = (
    (_SICK, "auc"),
    (_SICK, "average_precision"),
    (_SICK, "sensitivity"),
    (_SICK, "specificity"),
    (_SICK, "ppv"),
    (_SICK, "npv"),
    (_SICK, "f1"),
    (_SICK, "brier"),
    (_SICK, "calibration_slope"),
    (_SICK, "calibration_intercept"),
    (OVERALL, "accuracy"),
    (OVERALL, "balanced_accuracy"),
    (OVERALL, "kappa"),
    (OVERALL, "log_loss"),
)
_LARGE = 200_000
"""Patients of the study that stands for the truth."""


@dataclass(frozen=True, slots=True)
class IntervalsConfig:
    """What is simulated."""

    patients: int = 60
    """Each with or without the finding by chance, as patients come."""
    images_per_patient: int = 2
    auc: float = 0.8
    """The true one."""
    shared: float = 0.5
    """Share of the noise's variance that images of one patient have in common."""
    trials: int = 500
    resamples: int = 1000
    seed: int = 0


def intervals(config: IntervalsConfig) -> Generator[Event, None, None]:
    """Simulate, and finish with the coverage of every kind of interval.

    Coverage of 95 % intervals should be 95 %; ``margin`` is the simulation's own uncertainty.
    """
    truth = _truth(config)
    held = dict.fromkeys(truth, 0)
    drawn = dict.fromkeys(truth, 0)
    for trial in range(config.trials):
        for name, interval in _simulated(config, trial).items():
            if interval is not None:
                drawn[name] += 1
                held[name] += interval.low <= truth[name] <= interval.high
        yield Progress("Simulating studies", trial + 1, config.trials)
    coverage = {name: held[name] / drawn[name] if drawn[name] else None for name in truth}
    yield Finished(
        {
            "patients": config.patients,
            "images_per_patient": config.images_per_patient,
            "true_auc": config.auc,
            "trials": config.trials,
            "coverage": coverage,
            "drawn": {name: drawn[name] / config.trials for name in truth},
            "margin": round(1.96 * (0.95 * 0.05 / config.trials) ** 0.5, 3),
        }
    )


def _truth(config: IntervalsConfig) -> dict[str, float]:
    large = simulate(dataclasses.replace(config, patients=_LARGE), 0)
    values = point_values(large, MeasureConfig())
    found = {name: values[place, name] for place, name in _KEYS}
    return {**found, "auc": config.auc, "auc_delong": config.auc}


def _simulated(config: IntervalsConfig, trial: int) -> dict[str, Interval | None]:
    bootstrap = BootstrapConfig(resamples=config.resamples, seed=trial)
    figures = measure(simulate(config, trial), MeasureConfig(bootstrap=bootstrap))
    of_class = figures.by_class["sick"]
    found = {
        name: (figures.overall if place == OVERALL else of_class)[name] for place, name in _KEYS
    }
    return {name: figure.interval for name, figure in found.items()} | {
        "auc_delong": of_class["auc_delong"].interval
    }


def simulate(config: IntervalsConfig, trial: int) -> Sample:
    """One study: a patient has the finding by the toss of a coin."""
    rng = np.random.default_rng((config.seed, trial))
    patients = np.repeat(np.arange(config.patients), config.images_per_patient)
    targets = rng.integers(0, 2, config.patients)[patients]
    common = rng.normal(size=config.patients)[patients] * np.sqrt(config.shared)
    own = rng.normal(size=len(patients)) * np.sqrt(1 - config.shared)
    score = expit(common + own + _distance(config) * (targets - 0.5))
    return Sample.of(("healthy", "sick"), np.stack([1 - score, score], 1), targets, patients)


def _distance(config: IntervalsConfig) -> float:
    """Between the means of the two normal distributions, whose variance is 1."""
    return float(norm.ppf(config.auc) * np.sqrt(2))
