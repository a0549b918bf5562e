"""From rescaled values to 8-bit grey: display windows and tables.

Reference: DICOM PS3.3 C.11.2.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fpt_core.images.pixels import DisplayTable, Window

_ROBUST_PERCENTILES = (0.5, 99.5)
_STEP = 1e-6


def robust_window(
    values: NDArray[np.generic], background: NDArray[np.bool_] | None = None
) -> Window:
    """A window from the 0.5th to the 99.5th percentile, for files that name none.

    Eight-bit values keep their full range: they were made for display already.
    """
    if values.dtype == np.uint8:
        return Window(128.0, 256.0)
    valid = np.isfinite(values)
    if background is not None and not background.all():
        valid &= ~background
    finite = values[valid]
    if finite.size == 0:
        return Window(0.0, 1.0)
    with np.errstate(over="ignore", invalid="ignore"):
        low, high = np.percentile(finite.astype(np.float64), _ROBUST_PERCENTILES).tolist()
    if high <= low:
        low, high = float(finite.min()), float(finite.max())
    return Window((low + high) / 2 + 0.5, max(high - low, _STEP) + 1.0)


def apply_window(
    values: NDArray[np.generic], window: Window, inverted: bool = False
) -> NDArray[np.uint8]:
    """Values to grey levels by the window's function.

    Shape:
        ``(H, W)`` -> ``(H, W)`` uint8.
    """
    with np.errstate(over="ignore", invalid="ignore"):  # infinite values end at either limit
        shares = np.nan_to_num(_shares(values.astype(np.float32), window))
    grey: NDArray[np.uint8] = (shares * 255 + 0.5).astype(np.uint8)
    return 255 - grey if inverted else grey


def _shares(values: NDArray[np.float32], window: Window) -> Any:
    """Brightness from 0 to 1."""
    if window.function == "SIGMOID":
        return 1 / (1 + np.exp(-4 * (values - window.center) / max(window.width, _STEP)))
    center, width = window.center, window.width
    if window.function == "LINEAR":
        center, width = center - 0.5, width - 1
    half = max(width, _STEP) / 2  # LINEAR allows a width of 1: a step
    return np.clip(values - center, -half, half) / (2 * half) + 0.5


def apply_table(
    values: NDArray[np.generic], table: DisplayTable, inverted: bool = False
) -> NDArray[np.uint8]:
    """Values to grey levels by looking them up.

    Shape:
        ``(H, W)`` -> ``(H, W)`` uint8.
    """
    last = len(table.levels) - 1
    places = np.clip(np.nan_to_num(np.rint(values.astype(np.float64))) - table.first, 0, last)
    grey: NDArray[np.uint8] = table.levels[places.astype(np.intp)]
    return 255 - grey if inverted else grey
