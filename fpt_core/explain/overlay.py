"""A token map drawn over its image."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from matplotlib import colormaps
from numpy.typing import NDArray
from PIL import Image

from fpt_core.events import TokenMap
from fpt_core.files import write_atomically

_COLOUR_MAP = "inferno"
"""Perceptually even, and ordered by lightness for the colour-blind."""
_OPACITY = 0.5


def save_overlay(path: Path, rgb: NDArray[np.uint8], token_map: TokenMap) -> None:
    """Write ``rgb`` with ``token_map`` over it as PNG.

    Shape:
        rgb ``(H, W, 3)``: the whole original image.
    """
    content = io.BytesIO()
    overlaid(rgb, token_map).save(content, "PNG")
    write_atomically(path, content.getvalue())


def overlaid(rgb: NDArray[np.uint8], token_map: TokenMap) -> Image.Image:
    """``rgb`` with ``token_map`` over the pixels that it covers.

    Shape:
        rgb ``(H, W, 3)``: the whole original image.
    """
    values = np.array(token_map.values).reshape(token_map.rows, token_map.cols)
    colours = colormaps[_COLOUR_MAP](values / max(values.max(), 1e-9), bytes=True)[..., :3]
    left, top, right, bottom = token_map.box
    heat = Image.fromarray(colours).resize((right - left, bottom - top), Image.Resampling.NEAREST)
    picture = Image.fromarray(rgb)
    covered = picture.crop(token_map.box)
    picture.paste(Image.blend(covered, heat, _OPACITY), (left, top))
    return picture
