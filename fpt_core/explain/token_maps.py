"""Which parts of an image the backbone handed over."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from torch import Tensor


def kept_share(
    indices: Tensor, grid_size: tuple[int, int], num_prefix_tokens: int
) -> NDArray[np.float32]:
    """How often each patch was kept, over all heads and tapped blocks.

    Prefix tokens have no place in the image and are left out.

    Shape:
        indices ``(L, H, m)`` -> ``(rows, cols)``, from 0 (never) to 1 (by every head).
    """
    rows, cols = grid_size
    L, H, _ = indices.shape
    counts = np.bincount(
        indices.cpu().numpy().astype(np.int64).ravel(), minlength=num_prefix_tokens + rows * cols
    )
    share = counts[num_prefix_tokens:].reshape(rows, cols) / (L * H)
    return share.astype(np.float32)
