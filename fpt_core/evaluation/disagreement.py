"""Labels that a model which did not learn from them contradicts with confidence."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fpt_core.evaluation.sample import Indices, Sample


@dataclass(frozen=True, slots=True)
class Doubt:
    """A row of a sample whose label looks wrong."""

    row: int
    suggested: int
    """Index of the class that the model holds for the right one."""
    margin: float
    """Probability of the label less that of the suggested class; the lower, the graver."""


def doubts(sample: Sample) -> list[Doubt]:
    """The rows whose label looks wrong, the gravest first.

    Confident learning: a class is confidently given to a row where its probability reaches
    the mean that the class has among the rows labelled with it. How the rows of a label that
    are confidently given something are shared out says how many of all its rows are rather of
    another class; so many are told, those that lean to it most. A row that does not lean to
    another class at all is never told.

    Args:
        sample: Answers of models that did not learn from these rows.

    Reference:
        Northcutt, Jiang & Chuang, *Confident learning: estimating uncertainty in dataset
        labels*, JAIR 2021, sections 3.1 and 3.2 (prune by noise rate).
    """
    found: dict[int, Doubt] = {}
    noise = _noise(sample)
    for label, suggested in zip(*np.nonzero(noise), strict=True):
        rows = np.flatnonzero(sample.positive(label))
        margins = sample.probabilities[rows, label] - sample.probabilities[rows, suggested]
        for place in np.argsort(margins, kind="stable")[: noise[label, suggested]]:
            doubt = Doubt(int(rows[place]), int(suggested), float(margins[place]))
            known = found.get(doubt.row)
            if doubt.margin < 0 and (known is None or doubt.margin < known.margin):
                found[doubt.row] = doubt
    return sorted(found.values(), key=lambda doubt: doubt.margin)


def _noise(sample: Sample) -> Indices:
    """How many rows of each label, down, are rather of each other class, across."""
    probabilities, labels = sample.probabilities, sample.targets
    count = len(sample.class_names)
    means = [
        probabilities[rows, index].mean() if (rows := sample.positive(index)).any() else np.inf
        for index in range(count)
    ]
    confident = np.where(probabilities >= means, probabilities, -1.0)
    sure = confident.max(1) >= 0
    cells = labels[sure] * count + confident[sure].argmax(1)
    joint = np.bincount(cells, minlength=count * count).reshape(count, count)
    sizes = np.bincount(labels, minlength=count)
    scale = sizes / np.maximum(1, joint.sum(1))
    noise: Indices = np.rint(joint * scale[:, None]).astype(np.int64)
    np.fill_diagonal(noise, 0)
    return noise
