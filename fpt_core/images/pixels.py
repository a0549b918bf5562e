"""What a file holds, before it is turned into the picture a model or a person sees."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Box = tuple[int, int, int, int]
"""Left, top, right, bottom in pixels."""


@dataclass(frozen=True, slots=True)
class Window:
    """A display window in rescaled units (HU for CT)."""

    center: float
    width: float


@dataclass(frozen=True, slots=True)
class Pixels:
    """One frame of a file.

    Shape:
        values ``(H, W)`` in rescaled units, or ``(H, W, 3)`` uint8 for colour.
    """

    values: NDArray[np.generic]
    window: Window | None = None
    """The file's own display window; ``None`` where it names none, and for colour."""
    inverted: bool = False
    """Whether low values are shown bright (MONOCHROME1)."""
    frames: int = 1
    spacing_mm: tuple[float, float] | None = None
    """Distance between rows and between columns."""
    unit: str = ""
    """Unit of the values, such as HU."""

    @property
    def is_colour(self) -> bool:
        """Whether the values are RGB already."""
        return self.values.ndim == 3
