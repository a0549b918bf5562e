"""A fingerprint of what a picture looks like: copies stay near, other pictures stay far."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

HASH_BITS = 256
SIDE_PX = 64
"""Of the square copy that is transformed."""
_FREQUENCIES = 16
"""Kept along each axis, from the lowest: 16 x 16 signs are the hash."""
_WAVES = np.cos(
    np.pi / SIDE_PX * np.outer(np.arange(_FREQUENCIES), np.arange(SIDE_PX) + 0.5)
).astype(np.float32)


def perceptual_hash(grey: NDArray[np.uint8]) -> str:
    """The hash of one picture of any size.

    Shape:
        ``(H, W)`` uint8, as shown.
    """
    if grey.shape != (SIDE_PX, SIDE_PX):
        small = Image.fromarray(grey).resize((SIDE_PX, SIDE_PX), Image.Resampling.BOX)
        grey = np.asarray(small)
    return perceptual_hashes(grey[np.newaxis])[0]


def perceptual_hashes(greys: NDArray[np.uint8]) -> list[str]:
    """Which low frequencies of each picture are stronger than their median, in hexadecimal.

    A copy that was compressed again, resized, brightened or stored in another format differs
    in few of the 256 bits; ``fpt_core.dataset.audit.near_duplicates`` says how few.

    Shape:
        ``(N, SIDE_PX, SIDE_PX)`` uint8, as shown.

    Reference: Zauner, Implementation and benchmarking of perceptual image hash functions, 2010
    (the DCT hash, here with 16 x 16 frequencies: its 8 x 8 take radiographs of two people for one).
    """
    strength = (_WAVES @ greys.astype(np.float32) @ _WAVES.T).reshape(-1, HASH_BITS)
    median = np.partition(strength, HASH_BITS // 2, axis=1)[:, HASH_BITS // 2, np.newaxis]
    return [bits.tobytes().hex() for bits in np.packbits(strength >= median, axis=1)]
