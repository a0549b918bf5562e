"""Fundus photographs: find the disc in its black border."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fpt_core.images.pixels import Box

_BORDER_LEVEL = 20
_MIN_SHARE = 0.01
"""Of a row's or column's pixels that must be bright for it to belong to the disc."""


def disc_box(rgb: NDArray[np.uint8]) -> Box:
    """The bounding box of the disc; the whole image where there is no border.

    Shape:
        ``(H, W, 3)``.
    """
    bright = rgb.max(axis=2) > _BORDER_LEVEL
    rows = np.flatnonzero(bright.mean(axis=1) > _MIN_SHARE)
    columns = np.flatnonzero(bright.mean(axis=0) > _MIN_SHARE)
    if rows.size == 0 or columns.size == 0:
        return (0, 0, rgb.shape[1], rgb.shape[0])
    return (int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)
