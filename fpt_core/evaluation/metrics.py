"""A run's figures in short: what the training loop follows and tables of runs show."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fpt_core.evaluation import decisions, figures, probabilities
from fpt_core.evaluation.figure import Figure
from fpt_core.evaluation.figures import MACRO, OVERALL, one_figure
from fpt_core.evaluation.sample import Sample


def macro_auc(
    answers: NDArray[np.floating[Any]], targets: NDArray[np.integer[Any]]
) -> float | None:
    """Mean one-versus-rest area under the ROC curve over the classes that can be measured.

    Shape:
        answers ``(n, classes)``, targets ``(n,)``.

    Returns:
        ``None`` where no class has both positives and negatives.
    """
    names = [str(index) for index in range(answers.shape[1])]
    sample = Sample.of(names, answers, targets, range(len(targets)))
    found = float(figures.macro_auc(sample, np.ones((1, len(sample))))[0])
    return None if np.isnan(found) else found


def summarise(
    sample: Sample, *, intervals: bool = True, class_order: Sequence[str] = ()
) -> dict[str, Any]:
    """AUC, accuracy, balanced accuracy and log loss; AUC and accuracy with intervals.

    Args:
        sample: Images, of one split.
        intervals: Whether to resample patients, which only unseen images deserve.
        class_order: All classes from least to most, where they are steps of a scale: adds
            quadratic kappa.
    """
    counts = {"images": len(sample), "patients": sample.num_patients}
    if not len(sample):
        return {"auc": None, "accuracy": None, "balanced_accuracy": None, "loss": None, **counts}
    ones = np.ones((1, len(sample)))
    matrix = decisions.confusion(sample, ones)
    agreement = decisions.agreement(matrix)
    values = {
        "auc": figures.macro_auc(sample, ones),
        "accuracy": agreement["accuracy"],
        "balanced_accuracy": agreement["balanced_accuracy"],
        "loss": probabilities.log_loss(sample, ones),
    }
    if class_order:
        ranks = np.array([class_order.index(name) for name in sample.class_names], float)
        disagreement = decisions.quadratic_disagreement(ranks)
        values["quadratic_kappa"] = decisions.kappa(matrix, disagreement)
    summary: dict[str, Any] = {
        name: _json(float(value[0])) for name, value in values.items()
    } | counts
    if intervals:
        auc = one_figure(sample, (MACRO, "auc"), figures.macro_auc)
        accuracy = one_figure(sample, (OVERALL, "accuracy"), figures.accuracy)
        summary |= {"auc_interval": _bounds(auc), "accuracy_interval": _bounds(accuracy)}
    return summary


def _json(value: float) -> float | None:
    return None if np.isnan(value) else value


def _bounds(figure: Figure) -> list[float] | None:
    return None if figure.interval is None else [figure.interval.low, figure.interval.high]
