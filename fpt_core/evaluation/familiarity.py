"""Whether an image looks like the training images, by what the frozen backbone makes of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_NEIGHBOURS = 3
_FEWEST_PATIENTS = 10
_MOST_REFERENCES = 500
_KEPT_BELOW_LIMIT = 0.99
"""Share of the training images that their own limit lets pass."""
_LEAST_SCALE = 1e-6


@dataclass(frozen=True, slots=True)
class Likeness:
    """How an image compares with the training images."""

    distance: float
    """From its nearest training images; above 1 it is farther than these are from each other."""
    nearest: tuple[str, ...]
    """Hashes of the nearest training images, the nearest first."""

    @property
    def is_familiar(self) -> bool:
        """Whether it looks like the training images."""
        return self.distance <= 1


@dataclass(frozen=True, slots=True, eq=False)
class Familiarity:
    """A summary of training images: their descriptors, and how far is too far.

    The distance of an image is its mean Euclidean distance to the three nearest references,
    each dimension in units of its standard deviation among them. The limit is the distance
    below which 99 % of the training images lie from those of *other* patients.

    Shape:
        references ``(n, D)``.

    Reference: Sun et al., Out-of-Distribution Detection with Deep Nearest Neighbors, ICML 2022.
    """

    references: NDArray[np.float16]
    images: tuple[str, ...]
    """Hashes of the references."""
    limit: float

    @classmethod
    def of(
        cls,
        descriptors: NDArray[np.floating],
        images: Sequence[str],
        patients: Sequence[str],
    ) -> Familiarity | None:
        """The summary of training images; ``None`` where they are of too few patients.

        Args:
            descriptors: One a training image.
            images: Their hashes.
            patients: Whose they are.

        Shape:
            descriptors ``(n, D)``.
        """
        if len(set(patients)) < _FEWEST_PATIENTS:
            return None
        found = cls(np.asarray(descriptors, np.float16), tuple(images), 1.0)
        rows = found._scaled(found.references)
        apart = np.array(patients)[:, None] != np.array(patients)
        nearest = [_nearest(row, rows[others])[1] for row, others in zip(rows, apart, strict=True)]
        limit = float(np.quantile(nearest, _KEPT_BELOW_LIMIT))
        # Copies under different names would leave no distance at all.
        return cls(found.references, found.images, max(limit, _LEAST_SCALE))

    def compare(self, descriptor: NDArray[np.floating]) -> Likeness:
        """How an image compares.

        Shape:
            descriptor ``(D,)``.
        """
        order, distance = _nearest(self._scaled(descriptor[None])[0], self._scaled(self.references))
        return Likeness(distance / self.limit, tuple(self.images[place] for place in order))

    def _scaled(self, rows: NDArray[np.floating]) -> NDArray[np.float32]:
        references = self.references.astype(np.float32)
        scale = np.maximum(references.std(0), _LEAST_SCALE)
        scaled: NDArray[np.float32] = (rows.astype(np.float32) - references.mean(0)) / scale
        return scaled


def references(images: Sequence[str]) -> list[int]:
    """Places of the images that serve as references: all, or as many drawn without a pattern.

    Args:
        images: Hashes of the training images; by them the draw is the same on every machine.
    """
    drawn = sorted(range(len(images)), key=images.__getitem__)[:_MOST_REFERENCES]
    return sorted(drawn)


def _nearest(
    row: NDArray[np.float32], others: NDArray[np.float32]
) -> tuple[NDArray[np.intp], float]:
    """Places of the nearest, and the mean distance to them."""
    distances = np.sqrt(np.square(others - row).sum(1))
    order = np.argsort(distances, kind="stable")[:_NEIGHBOURS]
    return order, float(distances[order].mean())
