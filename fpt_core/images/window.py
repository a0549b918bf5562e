"""From rescaled values to 8-bit grey: the display window."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fpt_core.images.pixels import Window

_ROBUST_PERCENTILES = (0.5, 99.5)
_STEP = 1e-6


def robust_window(values: NDArray[np.generic]) -> Window:
    """A window from the 0.5th to the 99.5th percentile, for files that name none.

    Eight-bit values keep their full range: they were made for display already.
    """
    if values.dtype == np.uint8:
        return Window(128.0, 256.0)
    finite = values[np.isfinite(values)]
    if finite.size == 0:
        return Window(0.0, 1.0)
    with np.errstate(over="ignore", invalid="ignore"):
        low, high = np.percentile(finite.astype(np.float64), _ROBUST_PERCENTILES).tolist()
    if high <= low:
        low, high = float(finite.min()), float(finite.max())
    return Window((low + high) / 2 + 0.5, max(high - low + 1.0, 1.0))


def apply_window(
    values: NDArray[np.generic], window: Window, inverted: bool = False
) -> NDArray[np.uint8]:
    """Values to grey levels by DICOM's LINEAR function.

    Reference: DICOM PS3.3 C.11.2.1.2.1.

    Shape:
        ``(H, W)`` -> ``(H, W)`` uint8.
    """
    half = max(window.width - 1, _STEP) / 2  # the standard allows a width of 1: a step
    with np.errstate(over="ignore", invalid="ignore"):  # infinite values end at either limit
        offset = np.clip(values.astype(np.float32) - (window.center - 0.5), -half, half)
        scaled = np.nan_to_num(offset / (2 * half) + 0.5)
    grey: NDArray[np.uint8] = (scaled * 255 + 0.5).astype(np.uint8)
    return 255 - grey if inverted else grey
