"""At which quality a JPEG was saved: a trace of the program that wrote it."""

from __future__ import annotations

from collections.abc import Sequence

_STANDARD_SUM = 3688
"""Of the luminance table that quality 50 uses.

Reference: ITU-T T.81, table K.1.
"""
_STEP = 5
"""Programs round tables differently: quality is told in such steps."""


def jpeg_quality(luminance: Sequence[int]) -> str:
    """The quality in words of the Independent JPEG Group's scale, from 1 to 100.

    Args:
        luminance: The first quantisation table.
    """
    scale = sum(luminance) / _STANDARD_SUM
    quality = 100 - 50 * scale if scale <= 1 else 50 / scale
    return f"quality {max(_STEP * round(quality / _STEP), 1)}"
