"""How often decisions are right: the confusion matrix and what follows from it."""

from __future__ import annotations

import numpy as np

from fpt_core.evaluation.ranking import divided
from fpt_core.evaluation.sample import Flags, Floats, Sample

Values = dict[str, Floats]
"""One value per weighting, by the figure's name."""


def confusion(sample: Sample, weights: Floats) -> Floats:
    """Confusion matrices of the most probable class: true class down, predicted across.

    Shape:
        weights ``(R, n)`` -> ``(R, classes, classes)``.
    """
    classes = len(sample.class_names)
    cells = np.eye(classes * classes)[sample.targets * classes + sample.predicted]
    matrices: Floats = (weights @ cells).reshape(-1, classes, classes)
    return matrices


def agreement(matrix: Floats) -> Values:
    """Accuracy, balanced accuracy and Cohen's kappa.

    Shape:
        ``(R, classes, classes)`` -> ``(R,)`` each.
    """
    correct = np.trace(matrix, axis1=1, axis2=2)
    recalls = divided(np.diagonal(matrix, axis1=1, axis2=2), matrix.sum(2))
    unequal = 1 - np.eye(matrix.shape[1])
    return {
        "accuracy": divided(correct, matrix.sum((1, 2))),
        "balanced_accuracy": nan_mean(recalls),
        "kappa": kappa(matrix, unequal),
    }


def kappa(matrix: Floats, disagreement: Floats) -> Floats:
    """Cohen's kappa: agreement beyond chance; 1 minus observed over expected disagreement.

    Reference: Cohen, Psychological Bulletin 1968 (weighted kappa).

    Shape:
        matrix ``(R, classes, classes)``, disagreement ``(classes, classes)`` -> ``(R,)``.
    """
    expected = matrix.sum(2)[:, :, None] * matrix.sum(1)[:, None, :]
    observed = (matrix * disagreement).sum((1, 2)) * matrix.sum((1, 2))
    return 1 - divided(observed, (expected * disagreement).sum((1, 2)))


def quadratic_disagreement(ranks: Floats) -> Floats:
    """Squared distance between classes that are steps of a scale.

    Shape:
        ``(classes,)`` -> ``(classes, classes)``.
    """
    return (ranks[:, None] - ranks[None, :]) ** 2


def one_class(positive: Flags, flagged: Flags, weights: Floats, prevalence: float | None) -> Values:
    """Sensitivity, specificity, predictive values and F1 of one class against the rest.

    Args:
        positive: Which rows are of the class.
        flagged: Which rows are called so.
        weights: Of each row.
        prevalence: Adds the predictive values at this share of positives.

    Shape:
        positive, flagged ``(n,)``; weights ``(R, n)`` -> ``(R,)`` each.
    """
    cells = np.stack(
        [positive & flagged, ~positive & flagged, positive & ~flagged, ~positive & ~flagged], 1
    )
    true_pos, false_pos, false_neg, true_neg = (weights @ cells.astype(np.float64)).T
    values = {
        "sensitivity": divided(true_pos, true_pos + false_neg),
        "specificity": divided(true_neg, true_neg + false_pos),
        "ppv": divided(true_pos, true_pos + false_pos),
        "npv": divided(true_neg, true_neg + false_neg),
        "f1": divided(2 * true_pos, 2 * true_pos + false_pos + false_neg),
    }
    if prevalence is not None:
        values |= predictive_values(values["sensitivity"], values["specificity"], prevalence)
    return values


def predictive_values(sensitivity: Floats, specificity: Floats, prevalence: float) -> Values:
    """PPV and NPV where ``prevalence`` of the people are positive, by Bayes' rule."""
    found, missed = prevalence * sensitivity, prevalence * (1 - sensitivity)
    cleared, alarmed = (1 - prevalence) * specificity, (1 - prevalence) * (1 - specificity)
    return {
        "ppv_at_prevalence": divided(found, found + alarmed),
        "npv_at_prevalence": divided(cleared, cleared + missed),
    }


def nan_mean(values: Floats) -> Floats:
    """Mean over the last axis of what is a number; NaN where nothing is."""
    known = ~np.isnan(values)
    return divided(np.where(known, values, 0.0).sum(-1), known.sum(-1).astype(np.float64))
