"""What a file holds, before it is turned into the picture a model or a person sees."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Box = tuple[int, int, int, int]
"""Left, top, right, bottom in pixels."""

WindowFunction = Literal["LINEAR", "LINEAR_EXACT", "SIGMOID"]


@dataclass(frozen=True, slots=True)
class Window:
    """A display window in rescaled units (HU for CT)."""

    center: float
    width: float
    name: str = ""
    """DICOM's WindowCenterWidthExplanation."""
    function: WindowFunction = "LINEAR"
    """DICOM's VOI LUT Function."""


@dataclass(frozen=True, slots=True)
class DisplayTable:
    """Grey levels by value: DICOM's VOI LUT."""

    first: int
    """The value of the first level; smaller values are shown like it, larger like the last."""
    levels: NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Pixels:
    """One frame of a file.

    Shape:
        values ``(H, W)`` in rescaled units, or ``(H, W, 3)`` uint8 for colour.
    """

    values: NDArray[np.generic]
    windows: tuple[Window, ...] = ()
    """The file's own display windows, the default one first."""
    inverted: bool = False
    """Whether low values are shown bright (MONOCHROME1)."""
    frames: int = 1
    spacing_mm: tuple[float, float] | None = None
    """Distance between rows and between columns."""
    unit: str = ""
    """Unit of the values, such as HU."""
    table: DisplayTable | None = None
    """The file's own display table, used where it names no window."""
    background: NDArray[np.bool_] | None = None
    """Where there is no image (DICOM's padding), which is shown black."""
    name: str = "The image"
    """The file's, for messages."""

    def thinned(self, step: int) -> Pixels:
        """Every ``step``-th row and column, for measures that need no more."""
        background = None if self.background is None else self.background[::step, ::step]
        return replace(self, values=self.values[::step, ::step], background=background)

    @property
    def is_colour(self) -> bool:
        """Whether the values are RGB already."""
        return self.values.ndim == 3

    @property
    def window(self) -> Window | None:
        """The file's default display window; ``None`` where it names none, and for colour."""
        return self.windows[0] if self.windows else None
