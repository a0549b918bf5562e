"""How rows fall when a class is called from a threshold on.

Counting alone, by numpy alone: a window does it while a slider moves.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fpt_core.evaluation.sample import Indices, Sample


@dataclass(frozen=True, slots=True)
class Calls:
    """Right and wrong calls of one class; a share that there is nothing to divide by is none."""

    true_pos: int
    false_pos: int
    false_neg: int
    true_neg: int

    @property
    def sensitivity(self) -> float | None:
        """Share of those of the class who are called."""
        return _share(self.true_pos, self.true_pos + self.false_neg)

    @property
    def specificity(self) -> float | None:
        """Share of the others who are not called."""
        return _share(self.true_neg, self.true_neg + self.false_pos)

    @property
    def ppv(self) -> float | None:
        """Share of the called who are of the class."""
        return _share(self.true_pos, self.true_pos + self.false_pos)

    @property
    def prevalence(self) -> float | None:
        """Share of the class among all."""
        return _share(self.true_pos + self.false_neg, self.total)

    @property
    def total(self) -> int:
        """All rows."""
        return self.true_pos + self.false_pos + self.false_neg + self.true_neg

    def net_benefit(self, threshold: float) -> float | None:
        """True positives less false ones at the threshold's odds, per row.

        Reference: Vickers & Elkin, Medical Decision Making 2006.
        """
        if not self.total or threshold >= 1:
            return None
        return (self.true_pos - self.false_pos * threshold / (1 - threshold)) / self.total


def calls(sample: Sample, index: int, threshold: float) -> Calls:
    """The calls of class ``index`` from ``threshold`` on."""
    called, positive = sample.probabilities[:, index] >= threshold, sample.positive(index)
    return Calls(
        int((called & positive).sum()),
        int((called & ~positive).sum()),
        int((~called & positive).sum()),
        int((~called & ~positive).sum()),
    )


def confusion_at(sample: Sample, index: int, threshold: float) -> Indices:
    """The confusion matrix where class ``index`` is called from a threshold on.

    A row that is not called is given the most probable of the other classes.

    Shape:
        ``(classes, classes)``: true class down, given across.
    """
    classes = len(sample.class_names)
    given = given_at(sample, index, threshold)
    cells = np.bincount(sample.targets * classes + given, minlength=classes * classes)
    matrix: Indices = cells.reshape(classes, classes).astype(np.int64)
    return matrix


def given_at(sample: Sample, index: int, threshold: float) -> Indices:
    """The class that each row is given there.

    Shape:
        ``(n,)``.
    """
    others = sample.probabilities.copy()
    others[:, index] = -1.0
    called = sample.probabilities[:, index] >= threshold
    given: Indices = np.where(called, index, others.argmax(1)).astype(np.int64)
    return given


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
