"""What is measured: probabilities, true classes and patients of images, or of units of them."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fpt_core.errors import DatasetError

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Indices = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """Answers beside the truth. Use ``of``, which checks and numbers.

    Shape:
        probabilities ``(n, classes)``; targets, patients ``(n,)``.
    """

    class_names: tuple[str, ...]
    probabilities: Floats
    """Each row sums to 1."""
    targets: Indices
    patients: Indices
    """Numbers from 0 without gaps; rows of one patient are never resampled apart."""
    left_out: int = 0
    """Rows that could not be used."""

    @classmethod
    def of(
        cls,
        class_names: Sequence[str],
        probabilities: NDArray[np.floating[Any]],
        targets: Sequence[int] | NDArray[np.integer[Any]],
        patients: Sequence[Hashable] | NDArray[Any],
    ) -> Sample:
        """A sample without the rows whose probabilities are no numbers.

        Args:
            class_names: In the order of the probabilities.
            probabilities: In any precision; single precision's rounding is made good.
            targets: Index of the true class of each row.
            patients: Whatever tells patients apart.

        Raises:
            DatasetError: If a target is no index of a class.
        """
        rows = np.asarray(probabilities, np.float64).reshape(-1, len(class_names))
        truth = np.asarray(targets, np.int64)
        if truth.size and not 0 <= truth.min() <= truth.max() < len(class_names):
            raise DatasetError(
                f"A class index must lie from 0 to {len(class_names) - 1}, "
                f"not {truth.min()} to {truth.max()}.",
                "Map the data's classes to the model's.",
            )
        sums = rows.sum(1)
        sound = np.isfinite(sums) & (sums > 0)
        owners = [patient for patient, usable in zip(patients, sound, strict=True) if usable]
        return cls(
            tuple(class_names),
            rows[sound] / sums[sound, None],
            truth[sound],
            numbered(owners),
            int((~sound).sum()),
        )

    def __len__(self) -> int:
        return len(self.targets)

    @property
    def num_patients(self) -> int:
        """Patients in all."""
        return int(self.patients.max(initial=-1)) + 1

    @property
    def predicted(self) -> Indices:
        """The most probable class of each row."""
        best: Indices = self.probabilities.argmax(1).astype(np.int64)
        return best

    def positive(self, index: int) -> Flags:
        """Which rows are of class ``index``."""
        of_class: Flags = self.targets == index
        return of_class

    def patients_of(self, rows: Flags) -> int:
        """Patients among ``rows``."""
        return len(np.unique(self.patients[rows]))

    def only(self, rows: Flags) -> Sample:
        """The sample of ``rows`` alone."""
        return Sample(
            self.class_names,
            self.probabilities[rows],
            self.targets[rows],
            numbered(self.patients[rows].tolist()),
        )

    def with_probabilities(self, probabilities: Floats) -> Sample:
        """The same rows with other answers, such as calibrated ones."""
        return Sample(self.class_names, probabilities, self.targets, self.patients, self.left_out)

    def by_unit(self, units: Sequence[Hashable] | NDArray[Any]) -> Sample:
        """One row per unit, such as a patient or an eye: the mean of its rows' probabilities.

        Rows of a unit whose rows differ in class are left out: no single class is its truth.

        Args:
            units: The unit of each row; no unit may hold two patients.
        """
        unit_of = numbered(units)
        count = int(unit_of.max(initial=-1)) + 1
        first = np.full(count, len(self), np.int64)
        np.minimum.at(first, unit_of, np.arange(len(self)))
        mixed = np.zeros(count, bool)
        mixed[unit_of[self.targets != self.targets[first[unit_of]]]] = True
        sums = np.zeros((count, len(self.class_names)))
        np.add.at(sums, unit_of, self.probabilities)
        means = sums / np.bincount(unit_of, minlength=count)[:, None]
        kept = first[~mixed]
        return Sample(
            self.class_names,
            means[~mixed],
            self.targets[kept],
            numbered(self.patients[kept].tolist()),
            self.left_out + int(mixed[unit_of].sum()),
        )


def numbered(values: Sequence[Hashable] | NDArray[Any]) -> Indices:
    """Numbers from 0 for whatever can be told apart, by first appearance."""
    number_of: dict[Hashable, int] = {}
    return np.array([number_of.setdefault(value, len(number_of)) for value in values], np.int64)
