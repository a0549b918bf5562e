"""What pictures look like, measured on small square copies: the audit's raw material."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fpt_core.images.perceptual_hash import SIDE_PX, perceptual_hashes

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
_AT_ONCE = 64
"""Pictures: one alone takes several times as long as one of many."""


def squeezed(picture: Image.Image) -> Image.Image:
    """The small copy on which a picture is measured: grey or YCbCr, ``SIDE_PX`` on each side.

    Args:
        picture: As shown, 8-bit grey, RGB or YCbCr, of any size.
    """
    if picture.size != (SIDE_PX, SIDE_PX):
        picture = picture.resize((SIDE_PX, SIDE_PX), Image.Resampling.BOX)
    return picture if picture.mode in ("L", "YCbCr") else picture.convert("YCbCr")


def measured(pictures: Sequence[Image.Image]) -> list[dict[str, Any]]:
    """The fields of ``ImageFacts`` that are seen in each picture itself.

    Args:
        pictures: As ``squeezed`` takes them.
    """
    squares = [squeezed(picture) for picture in pictures]
    return [
        facts
        for start in range(0, len(squares), _AT_ONCE)
        for facts in _measured(squares[start : start + _AT_ONCE])
    ]


def _measured(squares: Sequence[Image.Image]) -> Iterator[dict[str, Any]]:
    values = map(np.asarray, squares)
    greys = np.stack([square if square.ndim == 2 else square[..., 0] for square in values])
    light = _histograms(greys) / SIDE_PX**2
    mean = light @ _LEVELS
    std = np.sqrt(np.maximum(light @ _SQUARES - mean**2, 0))
    for colour, *shares, key in zip(
        map(_is_coloured, squares),
        mean.tolist(),
        std.tolist(),
        light[:, : _BLACK + 1].sum(axis=1).tolist(),
        light[:, _WHITE:].sum(axis=1).tolist(),
        _border_shares(greys).tolist(),
        perceptual_hashes(greys),
        strict=True,
    ):
        names = ("mean", "std", "dark_share", "bright_share", "border_share")
        rounded = (round(share, 4) for share in shares)
        yield {"colour": colour, **dict(zip(names, rounded, strict=True)), "perceptual_hash": key}


def _histograms(greys: NDArray[np.uint8]) -> NDArray[np.intp]:
    """How often each level occurs, ``(N, H, W)`` -> ``(N, 256)``."""
    number = len(greys)
    levels = greys.reshape(number, -1) + 256 * np.arange(number)[:, np.newaxis]
    return np.bincount(levels.ravel(), minlength=256 * number).reshape(number, 256)


def _is_coloured(square: Image.Image) -> bool:
    """Whether enough pixels of a grey or YCbCr picture are no greys."""
    if square.mode == "L":
        return False
    counts = square.histogram()
    greys = (1 - _LEAST_COLOURED) * SIDE_PX**2
    return any(
        sum(counts[level - _GREY_LEVELS : level + _GREY_LEVELS + 1]) < greys
        for level in (256 + 128, 512 + 128)  # of blue and of red chroma
    )


def _border_shares(greys: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Share of rows and columns, from the edges inwards, that are even."""
    even = np.zeros(len(greys), dtype=np.intp)
    for across in (1, 2):
        lines = np.ptp(greys, axis=across) <= _EVEN_LEVELS
        even += np.minimum(_leading(lines) + _leading(lines[:, ::-1]), SIDE_PX)
    return even / (2 * SIDE_PX)


def _leading(lines: NDArray[np.bool_]) -> NDArray[np.intp]:
    """How many lines of each picture there are before the first that is not even."""
    return np.where(lines.all(axis=1), SIDE_PX, lines.argmin(axis=1))
