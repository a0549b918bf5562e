"""A curve of any length in a bounded number of points."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_CAPACITY = 512
"""Buckets; a curve is drawn on fewer pixels than it keeps points."""


class Curve:
    """Points in the order of x, the neighbouring ones thinned to the lowest and highest of them.

    A bucket holds ``stride`` points in a row and keeps two of them, so that no peak is lost.
    When all buckets are full, each takes over its neighbour and ``stride`` doubles: memory is
    the same after a minute and after a day.

    Args:
        capacity: Number of buckets, even.
    """

    def __init__(self, capacity: int = _CAPACITY) -> None:
        self._x = np.empty((capacity, 2))
        self._y = np.empty((capacity, 2))
        self.clear()

    def clear(self) -> None:
        """Forget all points."""
        self._used = 0
        self._stride = 1
        self._in_last = 0
        self._ends: list[tuple[float, float]] = []

    def append(self, x: float, y: float) -> None:
        """Add a point to the right of those before it."""
        if self._used == 0 or self._in_last == self._stride:
            self._open_bucket()
        row = self._used - 1
        if self._in_last == 0:
            self._x[row], self._y[row] = x, y
        elif y < self._y[row].min():
            self._replace(row, int(self._y[row].argmin()), x, y)
        elif y > self._y[row].max():
            self._replace(row, int(self._y[row].argmax()), x, y)
        self._in_last += 1
        self._ends = [*self._ends[:1], (x, y)]

    def points(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """What is kept, from left to right, with both ends of the curve."""
        if not self._ends:
            return np.empty(0), np.empty(0)
        (first_x, first_y), (last_x, last_y) = self._ends[0], self._ends[-1]
        x = np.concatenate([[first_x], self._x[: self._used].ravel(), [last_x]])
        y = np.concatenate([[first_y], self._y[: self._used].ravel(), [last_y]])
        new = np.ones(len(x), dtype=bool)
        new[1:] = (np.diff(x) != 0) | (np.diff(y) != 0)
        return x[new], y[new]

    def nearest(self, x: float) -> tuple[float, float] | None:
        """The kept point whose x is nearest; ``None`` where there is none."""
        xs, ys = self.points()
        if not len(xs):
            return None
        place = int(np.abs(xs - x).argmin())
        return float(xs[place]), float(ys[place])

    def _replace(self, row: int, which: int, x: float, y: float) -> None:
        """Put the new point after the one of the two that stays."""
        other = 1 - which
        self._x[row] = self._x[row, other], x
        self._y[row] = self._y[row, other], y

    def _open_bucket(self) -> None:
        if self._used == len(self._x):
            self._merge()
        self._used += 1
        self._in_last = 0

    def _merge(self) -> None:
        """Halve the number of buckets."""
        half = self._used // 2
        x, y = self._x.reshape(half, 4), self._y.reshape(half, 4)
        # In the order of x again, whichever of the two comes first.
        places = np.sort(np.stack([y.argmin(axis=1), y.argmax(axis=1)], axis=1), axis=1)
        self._x[:half] = np.take_along_axis(x, places, axis=1)
        self._y[:half] = np.take_along_axis(y, places, axis=1)
        self._used, self._stride = half, 2 * self._stride
