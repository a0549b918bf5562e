"""What a picture looks like, measured on a small copy: the audit's raw material."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fpt_core.images.perceptual_hash import perceptual_hash

SIDE_PX = 64
"""Of the square copy on which everything is measured; a picture's proportions do not matter."""
_BLACK, _WHITE = 8, 247
"""Darkest and brightest levels: compression leaves black and white not quite even."""
_EVEN_LEVELS = 6
"""Within which a row or column counts as one even colour."""
_GREY_LEVELS = 8
"""Of chroma that compression may give a grey picture."""
_LEAST_COLOURED = 0.01
"""Share of pixels that makes a picture coloured."""
_LEVELS = np.arange(256) / 255


def measured(picture: Image.Image) -> dict[str, Any]:
    """The fields of ``ImageFacts`` that are seen in the picture itself.

    Args:
        picture: As shown, 8-bit grey or RGB, of any size.
    """
    small = picture.resize((SIDE_PX, SIDE_PX), Image.Resampling.BOX)
    grey = np.asarray(small.convert("L"))
    shares = np.bincount(grey.ravel(), minlength=256) / grey.size
    mean = float(shares @ _LEVELS)
    return {
        "colour": _is_coloured(small),
        "mean": round(mean, 4),
        "std": round(max(float(shares @ _LEVELS**2) - mean**2, 0.0) ** 0.5, 4),
        "dark_share": round(float(shares[: _BLACK + 1].sum()), 4),
        "bright_share": round(float(shares[_WHITE:].sum()), 4),
        "border_share": round(_border_share(grey), 4),
        "perceptual_hash": perceptual_hash(grey),
    }


def _is_coloured(picture: Image.Image) -> bool:
    if picture.mode == "L":
        return False
    chroma = np.asarray(picture.convert("YCbCr"))[..., 1:].astype(np.int16) - 128
    return bool((np.abs(chroma) > _GREY_LEVELS).mean() > _LEAST_COLOURED)


def _border_share(grey: NDArray[np.uint8]) -> float:
    """Share of rows and columns, from the edges inwards, that are even."""
    if grey.max() - grey.min() <= _EVEN_LEVELS:
        return 1.0
    even = 0
    for axis in (0, 1):
        lines = grey.max(axis) - grey.min(axis) <= _EVEN_LEVELS
        even += int(lines.argmin()) + int(lines[::-1].argmin())
    return even / sum(grey.shape)
