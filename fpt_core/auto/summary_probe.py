"""A linear probe on the summaries of all tapped blocks, answered out of fold."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import log_softmax
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

from fpt_core.models.baselines.linear_probe import Features, LinearProbe, Targets, softmax_form

STRENGTHS = (1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1)
"""Inverse strengths of regularisation that are tried, the strongest first."""
UNTRIED = 1e-4
"""Where nothing can be held out to try any."""
_MOST_DIRECTIONS = 512
_LEAST_VARIANCE = 1e-7
_ITERATIONS = 200
_NEVER = -20.0
"""The logit of a class that was not learned."""

Logits = NDArray[np.float64]
Groups = Mapping[str, slice]
"""Columns that a probe of their own reads, by name."""


@dataclass(frozen=True, slots=True)
class Directions:
    """Standardised features turned to the directions in which the training images differ.

    Ridge-regularised regression does not see the turn, and solves a problem as large as the
    number of images instead of that of features.
    """

    mean: Features
    scale: Features
    axes: Features
    """``(F, r)``."""

    @classmethod
    def of(cls, features: Features) -> Directions:
        """Of training images ``(n, F)``."""
        mean, scale = features.mean(0), features.std(0)
        scale = np.where(scale > 0, scale, 1.0)
        standard = (features - mean) / scale
        if len(standard) < standard.shape[1]:
            variances, vectors = np.linalg.eigh(standard @ standard.T)
            kept = _largest(variances)
            axes = standard.T @ (vectors[:, kept] / np.sqrt(variances[kept]))
        else:
            variances, vectors = np.linalg.eigh(standard.T @ standard)
            axes = vectors[:, _largest(variances)]
        return cls(mean, scale, axes)

    def __call__(self, features: Features) -> Features:
        """``(n, F)`` -> ``(n, r)``."""
        turned = ((features - self.mean) / self.scale) @ self.axes
        return turned.astype(np.float64)  # in single precision a search for the best may not end


def _largest(variances: Features) -> NDArray[np.intp]:
    kept = np.flatnonzero(variances > _LEAST_VARIANCE * variances.max(initial=0))
    return kept[-_MOST_DIRECTIONS:]


def answers_at(
    learnt: Features,
    targets: Targets,
    asked: Features,
    classes: int,
    weights: Mapping[int, float] | None = None,
    strengths: tuple[float, ...] = STRENGTHS,
) -> dict[float, Logits]:
    """Logits of ``asked`` ``(m, F)`` at every inverse strength, from ``learnt`` ``(n, F)``."""
    turn = Directions.of(learnt)
    rows, questions = turn(learnt), turn(asked)
    found: dict[float, Logits] = {}
    model = _regression(weights)
    for strength in strengths:
        _fit(model.set_params(C=strength), rows, targets)
        scores = model.decision_function(questions)
        if scores.ndim == 1:
            scores = np.stack([-scores / 2, scores / 2], 1)
        found[strength] = np.full((len(asked), classes), _NEVER)
        found[strength][:, model.classes_] = scores
    return found


def fitted(
    strength: float,
    features: Features,
    targets: Targets,
    classes: int,
    weights: Mapping[int, float] | None = None,
) -> LinearProbe:
    """The probe at one inverse strength, of features as they are."""
    turn = Directions.of(features)
    model = _regression(weights).set_params(C=strength)
    _fit(model, turn(features), targets)
    weight, bias = softmax_form(model, classes, turn.axes.shape[1])
    probe = LinearProbe(features.shape[1], classes)
    probe.load_state_dict(
        {
            "mean": torch.from_numpy(turn.mean).float(),
            "scale": torch.from_numpy(turn.scale).float(),
            "linear.weight": weight @ torch.from_numpy(turn.axes.T).float(),
            "linear.bias": bias.clamp(min=_NEVER),
        }
    )
    return probe


def log_loss(logits: Logits, targets: Targets) -> float:
    """Mean cross-entropy."""
    logs = log_softmax(logits, axis=1)
    return float(-logs[np.arange(len(targets)), targets].mean())


def _fit(model: Any, rows: Features, targets: Targets) -> None:
    with warnings.catch_warnings():
        # What the weakest regularisation reaches in so many steps is judged out of fold as it is.
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(rows, targets)


def _regression(weights: Mapping[int, float] | None) -> Any:
    costs = None if weights is None else dict(weights)
    return LogisticRegression(max_iter=_ITERATIONS, warm_start=True, class_weight=costs)
