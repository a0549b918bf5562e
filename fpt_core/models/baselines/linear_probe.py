"""A linear probe: logistic regression on the frozen backbone's pooled features."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.preprocessing import StandardScaler
from torch import Tensor, nn

_STRENGTHS = (1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1.0, 10.0)
"""Inverse strengths of regularisation that are tried; the lowest loss decides."""
_UNTRIED = 1e-2
"""Where there are too few patients to try any."""
_FOLDS = 5
_ITERATIONS = 2000


class LinearProbe(nn.Module):
    """Standardised features times one learned matrix.

    Shape:
        ``(B, F)`` -> logits ``(B, classes)``.
    """

    mean: Tensor
    scale: Tensor

    def __init__(self, num_features: int, num_classes: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(num_features))
        self.register_buffer("scale", torch.ones(num_features))
        self.linear = nn.Linear(num_features, num_classes)

    def forward(self, features: Tensor) -> Tensor:
        """Logits of pooled features."""
        logits: Tensor = self.linear((features - self.mean) / self.scale)
        return logits


Features = NDArray[np.floating[Any]]
Targets = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class FittedProbe:
    """A probe and how its regularisation was chosen."""

    probe: LinearProbe
    inverse_strength: float
    losses: Mapping[float, float]
    """Mean log loss of patients left out, by inverse strength; empty where none was tried."""


def fit_linear_probe(
    features: Features,
    targets: Targets,
    groups: Sequence[Hashable],
    classes: int,
    weights: Mapping[int, float] | None = None,
) -> FittedProbe:
    """A probe whose regularisation is chosen by cross-validation over groups.

    Args:
        features: Of the training images.
        targets: Their classes.
        groups: Patients, one for each image: one's images are never on both sides.
        classes: How many there are, whether or not all have images.
        weights: By class, what an error costs; ``None``: the same.

    Shape:
        features ``(n, F)``, targets ``(n,)``.
    """
    losses = _tried(features, targets, groups, weights)
    strength = min(losses, key=losses.__getitem__) if losses else _UNTRIED
    return FittedProbe(fit_at(strength, features, targets, classes, weights), strength, losses)


def fit_at(
    strength: float,
    features: Features,
    targets: Targets,
    classes: int,
    weights: Mapping[int, float] | None = None,
) -> LinearProbe:
    """The probe at one inverse strength of regularisation."""
    scaler, model = _fitted(features, targets, strength, weights)
    probe = LinearProbe(features.shape[1], classes)
    weight, bias = softmax_form(model, classes, features.shape[1])
    probe.load_state_dict(
        {
            "mean": torch.from_numpy(scaler.mean_).float(),
            "scale": torch.from_numpy(scaler.scale_).float(),
            "linear.weight": weight,
            "linear.bias": bias,
        }
    )
    return probe


def _tried(
    features: Features,
    targets: Targets,
    groups: Sequence[Hashable],
    weights: Mapping[int, float] | None,
) -> dict[float, float]:
    """The loss on patients left out, by inverse strength."""
    numbers = np.unique([str(group) for group in groups], return_inverse=True)[1]
    present = np.unique(targets)
    folds = min(_FOLDS, *(len(set(numbers[targets == target])) for target in present))
    if folds < 2:
        return {}
    splitter = StratifiedGroupKFold(folds, shuffle=True, random_state=0)
    losses: dict[float, list[float]] = {strength: [] for strength in _STRENGTHS}
    for learnt, left_out in splitter.split(features, targets, numbers):
        if set(targets[learnt]) != set(present) or len(left_out) == 0:
            continue  # groups of many images can leave a fold without a class
        for strength in _STRENGTHS:
            scaler, model = _fitted(features[learnt], targets[learnt], strength, weights)
            answers = model.predict_proba(scaler.transform(features[left_out]))
            losses[strength].append(log_loss(targets[left_out], answers, labels=present))
    return {strength: float(np.mean(found)) for strength, found in losses.items() if found}


def _fitted(
    features: Features, targets: Targets, strength: float, weights: Mapping[int, float] | None
) -> tuple[StandardScaler, LogisticRegression]:
    scaler = StandardScaler().fit(features)
    costs = None if weights is None else dict(weights)
    model = LogisticRegression(C=strength, max_iter=_ITERATIONS, class_weight=costs)
    return scaler, model.fit(scaler.transform(features), targets)


def softmax_form(model: LogisticRegression, classes: int, width: int) -> tuple[Tensor, Tensor]:
    """Weights and biases with one row per class, also for two classes."""
    rows, biases = model.coef_, model.intercept_
    if len(rows) == 1:
        rows, biases = np.vstack([-rows / 2, rows / 2]), np.hstack([-biases / 2, biases / 2])
    weight, bias = torch.zeros(classes, width), torch.full((classes,), -np.inf)
    weight[model.classes_] = torch.from_numpy(rows).float()
    bias[model.classes_] = torch.from_numpy(biases).float()
    return weight, bias
