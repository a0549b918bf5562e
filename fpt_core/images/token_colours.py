"""Colours of token maps, the same on paper and on screen."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fpt_core.events import TokenMap

_FADE = 3.0
"""Below a third of the scale the colour fades, so that the image stays visible."""
FOR, AGAINST = (230, 97, 1), (94, 60, 153)
"""Orange and purple, told apart by all common kinds of colour vision.

Reference: Harrower and Brewer, ColorBrewer.org, The Cartographic Journal, 2003 (PuOr).
"""
_INFERNO = np.array(
    [
        (0, 0, 4), (12, 8, 38), (36, 12, 79), (66, 10, 104), (93, 18, 110), (120, 28, 109),
        (147, 38, 103), (174, 48, 92), (199, 62, 76), (221, 81, 58), (237, 105, 37),
        (248, 133, 15), (252, 165, 10), (250, 198, 45), (242, 230, 97), (252, 255, 164),
    ],
    dtype=np.float64,
)  # fmt: skip
"""Sixteen colours of matplotlib's inferno: perceptually even, and ordered by lightness.

Reference: Smith and van der Walt, matplotlib's colour maps, SciPy 2015 (CC0).
"""


def coloured(token_map: TokenMap) -> NDArray[np.uint8]:
    """One pixel for each token; the weaker, the clearer.

    Numbers of both signs are evidence: orange for, purple against.

    Shape:
        ``(rows, cols, 4)`` uint8, RGBA.
    """
    values = np.array(token_map.values, dtype=np.float64).reshape(token_map.rows, token_map.cols)
    scaled = values / max(float(np.abs(values).max()), 1e-9)
    if (values < 0).any():
        colours = np.where(scaled[..., None] > 0, FOR, AGAINST)
        alpha = np.abs(scaled)
    else:
        colours, alpha = inferno(scaled), np.clip(_FADE * scaled, 0, 1)
    rgba = np.concatenate([colours, 255 * alpha[..., None]], axis=2)
    return np.round(rgba).astype(np.uint8)


def inferno(shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """Colours of shares from 0 to 1.

    Shape:
        ``(...)`` -> ``(..., 3)``, from 0 to 255.
    """
    places = shares * (len(_INFERNO) - 1)
    steps = np.arange(len(_INFERNO))
    channels = [np.interp(places, steps, _INFERNO[:, channel]) for channel in range(3)]
    return np.stack(channels, axis=-1)
