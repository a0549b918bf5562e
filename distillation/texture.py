"""What one would try without any network: grey pixels, and classic texture features."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Features = NDArray[np.float32]
Rgb = NDArray[np.uint8]

_PIXELS = 32
_GREY_LEVELS = 16
_DISTANCES = (1, 2, 4, 8)


def pixel_features(rgb: Rgb) -> Features:
    """The image as 32 x 32 grey values.

    Shape:
        ``(S, S, 3)`` -> ``(1024,)``.
    """
    small = Image.fromarray(rgb).convert("L").resize((_PIXELS, _PIXELS), Image.Resampling.BICUBIC)
    return np.asarray(small, dtype=np.float32).ravel() / 255


def texture_features(rgb: Rgb) -> Features:
    """Grey histogram, local binary patterns and co-occurrence statistics.

    Reference: Ojala et al., local binary patterns, PAMI 2002; Haralick et al., textural
    features, 1973.

    Shape:
        ``(S, S, 3)`` -> ``(F,)``.
    """
    grey = np.asarray(Image.fromarray(rgb).convert("L"), dtype=np.int16)
    histogram = np.bincount((grey // 8).ravel(), minlength=32) / grey.size
    parts = [histogram, *(_binary_patterns(grey, distance) for distance in _DISTANCES)]
    parts += [_cooccurrence(grey, distance) for distance in _DISTANCES]
    return np.concatenate(parts).astype(np.float32)


def _binary_patterns(grey: NDArray[np.int16], distance: int) -> NDArray[np.float64]:
    """How often each number of sign changes and of brighter neighbours occurs around a pixel."""
    ring = [(-1, -1), (-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1)]
    centre = grey[distance:-distance, distance:-distance]
    bits = np.stack([_shifted(grey, distance * dy, distance * dx, distance) for dy, dx in ring])
    brighter = bits >= centre
    changes = (brighter != np.roll(brighter, 1, axis=0)).sum(0)
    code = np.where(changes <= 2, brighter.sum(0), 9)
    return np.bincount(code.ravel(), minlength=10) / code.size


def _shifted(grey: NDArray[np.int16], dy: int, dx: int, margin: int) -> NDArray[np.int16]:
    height, width = grey.shape
    return grey[margin + dy : height - margin + dy, margin + dx : width - margin + dx]


def _cooccurrence(grey: NDArray[np.int16], distance: int) -> NDArray[np.float64]:
    """Contrast, homogeneity, energy and correlation, right of and below a pixel."""
    levels = grey // (256 // _GREY_LEVELS)
    pairs = ((levels[:, :-distance], levels[:, distance:]), (levels[:-distance], levels[distance:]))
    row, column = np.indices((_GREY_LEVELS, _GREY_LEVELS))
    found = []
    for first, second in pairs:
        code = (first * _GREY_LEVELS + second).ravel()
        share = np.bincount(code, minlength=_GREY_LEVELS**2).reshape(row.shape) / code.size
        mean_row, mean_column = (share * row).sum(), (share * column).sum()
        spread = np.sqrt(
            (share * (row - mean_row) ** 2).sum() * (share * (column - mean_column) ** 2).sum()
        )
        covariance = (share * (row - mean_row) * (column - mean_column)).sum()
        found += [
            (share * (row - column) ** 2).sum(),
            (share / (1 + np.abs(row - column))).sum(),
            (share**2).sum(),
            covariance / max(spread, 1e-9),
        ]
    return np.array(found)
