"""What a picture looks like, measured on a small square copy: the audit's raw material."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fpt_core.images.perceptual_hash import SIDE_PX, perceptual_hash

_LEVELS = np.arange(256) / 255
_SQUARES = _LEVELS**2
_BLACK, _WHITE = 8, 247
"""Darkest and brightest levels: compression leaves black and white not quite even."""
_EVEN_LEVELS = 6
"""Within which a row or column counts as one even colour."""
_GREY_LEVELS = 8
"""Of chroma that compression may give a grey picture."""
_LEAST_COLOURED = 0.01
"""Share of pixels that makes a picture coloured."""


def measured(picture: Image.Image) -> dict[str, Any]:
    """The fields of ``ImageFacts`` that are seen in the picture itself.

    Args:
        picture: As shown, 8-bit grey, RGB or YCbCr, of any size.
    """
    small = picture
    if picture.size != (SIDE_PX, SIDE_PX):
        small = picture.resize((SIDE_PX, SIDE_PX), Image.Resampling.BOX)
    is_grey = small.mode == "L"
    channels = small if small.mode in ("L", "YCbCr") else small.convert("YCbCr")
    grey = np.asarray(small if is_grey else channels.getchannel("Y"))
    counts = channels.histogram()
    luma = np.array(counts[:256]) / grey.size
    mean = float(luma @ _LEVELS)
    variance = float(luma @ _SQUARES) - mean**2
    return {
        "colour": not is_grey and _has_chroma(counts[256:]),
        "mean": round(mean, 4),
        "std": round(max(variance, 0.0) ** 0.5, 4),
        "dark_share": round(float(luma[: _BLACK + 1].sum()), 4),
        "bright_share": round(float(luma[_WHITE:].sum()), 4),
        "border_share": round(_border_share(grey), 4),
        "perceptual_hash": perceptual_hash(grey),
    }


def _has_chroma(counts: list[int]) -> bool:
    """Whether enough pixels are no greys, by the histograms of blue and red chroma."""
    near = slice(128 - _GREY_LEVELS, 129 + _GREY_LEVELS)
    greys = (1 - _LEAST_COLOURED) * SIDE_PX**2
    return any(sum(chroma[near]) < greys for chroma in (counts[:256], counts[256:]))


def _border_share(grey: NDArray[np.uint8]) -> float:
    """Share of rows and columns, from the edges inwards, that are even."""
    even = [
        min(_even_lines(lines) + _even_lines(lines[::-1]), len(lines)) for lines in (grey, grey.T)
    ]
    return sum(even) / sum(grey.shape)


def _even_lines(lines: NDArray[np.uint8]) -> int:
    """How many lines there are before the first that is not even; of most pictures none."""
    for number, line in enumerate(lines):
        levels = line.tobytes()
        if max(levels) - min(levels) > _EVEN_LEVELS:
            return number
    return len(lines)
