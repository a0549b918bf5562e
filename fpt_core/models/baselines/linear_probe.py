"""A linear probe: logistic regression on the frozen backbone's pooled features."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.preprocessing import StandardScaler
from torch import Tensor, nn

_REGULARISATION = (1e-4, 1e-3, 1e-2, 1e-1, 1.0)
"""Inverse strengths tried; the lowest validation loss decides."""


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


Features = NDArray[np.float32]
Targets = NDArray[np.int64]


def fit_linear_probe(
    features: Features, targets: Targets, val_features: Features, val_targets: Targets, classes: int
) -> LinearProbe:
    """The probe whose regularisation serves the validation images best.

    Shape:
        features ``(n, F)``, targets ``(n,)``.
    """
    scaler = StandardScaler().fit(features)
    train = scaler.transform(features)
    val = val_features.astype(np.float64)
    if len(val):
        val = scaler.transform(val)

    def loss(model: LogisticRegression) -> float:
        if len(val) == 0:
            return float(model.C)
        return float(
            log_loss(val_targets, _probabilities(model, val, classes), labels=range(classes))
        )

    candidates = [
        LogisticRegression(C=c, max_iter=2000).fit(train, targets) for c in _REGULARISATION
    ]
    best = min(candidates, key=loss)
    probe = LinearProbe(features.shape[1], classes)
    weight, bias = _softmax_form(best, classes, features.shape[1])
    probe.load_state_dict(
        {
            "mean": torch.from_numpy(scaler.mean_).float(),
            "scale": torch.from_numpy(scaler.scale_).float(),
            "linear.weight": weight,
            "linear.bias": bias,
        }
    )
    return probe


def _probabilities(model: LogisticRegression, x: NDArray[np.float64], classes: int) -> Features:
    probabilities = np.zeros((len(x), classes), dtype=np.float32)
    probabilities[:, model.classes_] = model.predict_proba(x)
    return probabilities


def _softmax_form(model: LogisticRegression, classes: int, width: int) -> tuple[Tensor, Tensor]:
    """Weights and biases with one row per class, also for two classes."""
    rows, biases = model.coef_, model.intercept_
    if len(rows) == 1:
        rows, biases = np.vstack([-rows / 2, rows / 2]), np.hstack([-biases / 2, biases / 2])
    weight, bias = torch.zeros(classes, width), torch.full((classes,), -np.inf)
    weight[model.classes_] = torch.from_numpy(rows).float()
    bias[model.classes_] = torch.from_numpy(biases).float()
    return weight, bias
