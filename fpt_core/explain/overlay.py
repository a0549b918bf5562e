"""A token map drawn over its image."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fpt_core.events import TokenMap
from fpt_core.files import write_atomically
from fpt_core.images.token_colours import coloured

_OPACITY = 0.6


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
    left, top, right, bottom = token_map.box
    size = (right - left, bottom - top)
    heat = Image.fromarray(coloured(token_map)).resize(size, Image.Resampling.NEAREST)
    picture = Image.fromarray(rgb)
    strength = heat.getchannel("A").point(lambda alpha: round(_OPACITY * alpha))
    picture.paste(heat.convert("RGB"), (left, top), strength)
    return picture
