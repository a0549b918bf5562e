"""Fundus photographs: the disc in its black border, and its uneven light."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fpt_core.images.pixels import Box

_BORDER_LEVEL = 20
_MIN_SHARE = 0.01
"""Of a row's or column's pixels that must be bright for it to belong to the disc."""
_MEASURED_RADIUS_PX = 150
"""The light is measured on a copy in which the disc has about this radius."""
_SIGMA_SHARE = 1 / 30
"""Of the disc's radius: the standard deviation of the local average's weights."""
_GAIN = 4
_MIDDLE = 128


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


def evened(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The image less its local average colour, four times as strong, around middle grey.

    The average is taken over the disc alone, so that its edge needs no cutting off, and the
    border becomes middle grey.

    Shape:
        ``(H, W, 3)`` -> ``(H, W, 3)``.

    Reference: Graham B., Kaggle Diabetic Retinopathy Detection competition report, 2015.
    """
    left, top, right, bottom = disc_box(rgb)
    radius = max(right - left, bottom - top) / 2
    picture = Image.fromarray(rgb)
    reduced = picture.reduce(max(1, round(radius / _MEASURED_RADIUS_PX)))
    scale = reduced.width / picture.width
    average, disc = _local_average(np.asarray(reduced), _SIGMA_SHARE * radius * scale)
    result = np.full(rgb.shape, _MIDDLE, np.uint8)
    inside = _enlarged(disc, picture.size) > 0.5
    for channel in range(3):
        change = rgb[..., channel] - _enlarged(average[..., channel], picture.size)
        shown = np.rint(np.clip(_GAIN * change + _MIDDLE, 0, 255))
        result[..., channel][inside] = shown[inside]
    return result


def _local_average(
    rgb: NDArray[np.uint8], sigma: float
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The average colour around each pixel over the disc, and the disc itself."""
    from scipy import ndimage  # a tenth of a second, needed for fundus photographs alone

    bright = ndimage.binary_fill_holes(ndimage.binary_opening(rgb.max(axis=2) > _BORDER_LEVEL))
    disc = bright.astype(np.float32)
    weight = np.maximum(ndimage.gaussian_filter(disc, sigma), 1e-3)[..., np.newaxis]
    colour = rgb.astype(np.float32) * disc[..., np.newaxis]
    return ndimage.gaussian_filter(colour, (sigma, sigma, 0)) / weight, disc


def _enlarged(values: NDArray[np.float32], size: tuple[int, int]) -> NDArray[np.float32]:
    return np.asarray(Image.fromarray(values).resize(size, Image.Resampling.BILINEAR))
