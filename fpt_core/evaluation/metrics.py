"""Figures of merit from probabilities and true classes."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import balanced_accuracy_score, log_loss, roc_auc_score

Probabilities = NDArray[np.floating[Any]]
Targets = NDArray[np.integer[Any]]


def macro_auc(probabilities: Probabilities, targets: Targets) -> float | None:
    """Mean one-versus-rest area under the ROC curve over the classes that can be measured.

    Shape:
        probabilities ``(n, classes)``, targets ``(n,)``.

    Returns:
        ``None`` where no class has both positives and negatives.
    """
    scores = []
    for index in range(probabilities.shape[1]):
        positive = targets == index
        if positive.any() and not positive.all():
            scores.append(roc_auc_score(positive, probabilities[:, index]))
    return float(np.mean(scores)) if scores else None


def summarise(probabilities: Probabilities, targets: Targets) -> dict[str, float | int | None]:
    """AUC, accuracy, balanced accuracy, log loss and the number of images.

    Shape:
        probabilities ``(n, classes)``, targets ``(n,)``.
    """
    if len(targets) == 0:
        return {"auc": None, "accuracy": None, "balanced_accuracy": None, "loss": None, "images": 0}
    predicted = probabilities.argmax(1)
    # Single precision sums to 1 less exactly than the log loss insists on.
    exact = probabilities.astype(np.float64) / probabilities.sum(1, keepdims=True, dtype=np.float64)
    with warnings.catch_warnings():
        # A class that is predicted but absent from a small split has no recall to average.
        warnings.filterwarnings("ignore", message="y_pred contains classes not in y_true")
        balanced = balanced_accuracy_score(targets, predicted)
    return {
        "auc": macro_auc(probabilities, targets),
        "accuracy": float((predicted == targets).mean()),
        "balanced_accuracy": float(balanced),
        "loss": float(log_loss(targets, exact, labels=range(probabilities.shape[1]))),
        "images": len(targets),
    }
