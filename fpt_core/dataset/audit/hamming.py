"""All pairs of hashes that differ in few bits: exact, in blocks of bounded memory."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_BLOCK = 4096
_MOST_PAIRS = 2_000_000


def near_pairs(hashes: Sequence[str], radius: int) -> NDArray[np.int64] | None:
    """Places of hashes that differ in at most ``radius`` bits.

    A product of two rows of -1 and 1 is the number of equal bits less that of different ones,
    so that the work is matrix multiplication: 50,000 hashes take 20 s of processor time.

    Args:
        hashes: Hexadecimal, all of one length.
        radius: Bits.

    Shape:
        ``(pairs, 2)``, the smaller place first; ``None`` where there are millions of pairs.
    """
    if len(hashes) < 2:
        return np.empty((0, 2), np.int64)
    packed = np.frombuffer(bytes.fromhex("".join(hashes)), np.uint8).reshape(len(hashes), -1)
    signs = np.unpackbits(packed, axis=1).astype(np.float32) * 2 - 1
    least = signs.shape[1] - 2 * radius
    found = []
    total = 0
    for top in range(0, len(signs), _BLOCK):
        for left in range(top, len(signs), _BLOCK):
            near = signs[top : top + _BLOCK] @ signs[left : left + _BLOCK].T >= least
            if top == left:
                near = np.triu(near, 1)
            found.append(np.argwhere(near) + np.array([top, left]))
            total += len(found[-1])
            if total > _MOST_PAIRS:
                return None
    return np.concatenate(found)
