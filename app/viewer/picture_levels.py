"""A frame made ready for the screen: at full size and at halves of it, as codes for a table.

Drawing then costs what the screen shows and not what the file holds: windowing looks up
as many codes as there are pixels on screen, however large the image is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fpt_core.images import Box, Pixels, Window, apply_window, robust_window
from fpt_core.images.window import apply_table

_BACKGROUND = 0xFFFF
"""The code of pixels that hold no image; they stay black."""
_HIGHEST = _BACKGROUND - 1
_TOLERANCE = 0.2
"""In halvings: 1,024 px are enough for 1,150 screen pixels, at a quarter of the cost."""
_SMALLEST_PX = 256
"""Halving ends when a side is no longer than this."""


@dataclass(frozen=True, slots=True)
class PictureLevels:
    """A frame with its smaller copies. Making one takes a moment: never in the GUI thread.

    Shape:
        every level ``(h, w)`` uint16 codes, or ``(h, w, 3)`` uint8 for colour.
    """

    pixels: Pixels
    levels: tuple[NDArray[np.generic], ...]
    """The first is the frame itself, each following one half the size."""
    values: NDArray[np.float32]
    """The value that each code stands for; empty for colour."""
    robust: Window
    """The window that shows nearly all values."""

    @classmethod
    def of(cls, pixels: Pixels) -> PictureLevels:
        """Make ``pixels`` ready."""
        if pixels.is_colour:
            return cls(pixels, _halves(pixels.values), np.empty(0, np.float32), Window(128, 256))
        codes, values = _encode(pixels)
        robust = robust_window(pixels.values, pixels.background)
        return cls(pixels, _halves(codes), values, robust)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        height, width = self.pixels.values.shape[:2]
        return width, height

    @property
    def frames(self) -> int:
        """Of the file."""
        return self.pixels.frames

    @property
    def num_bytes(self) -> int:
        """Memory that the frame and its copies take."""
        return self.pixels.values.nbytes + sum(level.nbytes for level in self.levels)

    def level_at(self, scale: float) -> int:
        """The smallest copy that still gives about every screen pixel one of its own.

        Args:
            scale: Screen pixels per image pixel.
        """
        halvings = int(np.floor(np.log2(1 / scale) + _TOLERANCE)) if scale < 1 else 0
        return min(halvings, len(self.levels) - 1)

    def greys(self, window: Window | None, inverted: bool) -> NDArray[np.uint8]:
        """The grey level of every code; ``None`` uses the file's own table or nearly all values."""
        table = self.pixels.table
        if window is None and table is not None:
            greys = apply_table(self.values, table, inverted)
        else:
            greys = apply_window(self.values, window or self.robust, inverted)
        return np.append(greys, np.uint8(0))

    def shown(self, level: int, box: Box, greys: NDArray[np.uint8], inverted: bool) -> NDArray:
        """The part ``box`` of a level, as it goes on screen.

        Shape:
            ``(h, w)`` or ``(h, w, 3)`` uint8.
        """
        left, top, right, bottom = box
        part = self.levels[level][top:bottom, left:right]
        if self.pixels.is_colour:
            return 255 - part if inverted else part
        return np.take(greys, part)


def _encode(pixels: Pixels) -> tuple[NDArray[np.uint16], NDArray[np.float32]]:
    """Values as codes: exact for whole numbers in a range of 65,534, else in so many steps."""
    values = np.asarray(pixels.values)
    if values.dtype.kind == "f":
        values = np.nan_to_num(values, copy=True, posinf=0, neginf=0)
    low, high = float(values.min()), float(values.max())
    span = high - low
    whole = values.dtype.kind in "ui" or bool((values == np.rint(values)).all())
    step = 1.0 if whole and span <= _HIGHEST else max(span / _HIGHEST, np.finfo(np.float32).tiny)
    codes = np.rint((values.astype(np.float64) - low) / step).astype(np.uint16)
    if pixels.background is not None:
        codes[pixels.background] = _BACKGROUND
    return codes, (low + step * np.arange(_BACKGROUND)).astype(np.float32)


def _halves(frame: NDArray[np.generic]) -> tuple[NDArray[np.generic], ...]:
    levels = [np.ascontiguousarray(frame)]
    while max(levels[-1].shape[:2]) > _SMALLEST_PX and min(levels[-1].shape[:2]) > 1:
        half = _half_colour if frame.ndim == 3 else _half_codes
        levels.append(half(levels[-1]))
    return tuple(levels)


def _half_colour(rgb: NDArray[np.generic]) -> NDArray[np.generic]:
    return np.asarray(Image.fromarray(rgb.astype(np.uint8, copy=False)).reduce(2))


def _half_codes(codes: NDArray[np.generic]) -> NDArray[np.generic]:
    """The mean of every two by two codes; background where one of them is."""
    height, width = (2 * (side // 2) for side in codes.shape)
    corners = [codes[row:height:2, column:width:2] for row in (0, 1) for column in (0, 1)]
    mean = corners[0].astype(np.uint32)
    for corner in corners[1:]:
        mean += corner
    half = ((mean + 2) >> 2).astype(np.uint16)
    if (codes == _BACKGROUND).any():
        half[np.maximum.reduce(corners) == _BACKGROUND] = _BACKGROUND
    return half
