"""Square copies of an image, for a backbone, a side network and a store."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor, nn

from fpt_core.models.backbone import FrozenBackbone

_MARGIN = 9 / 8
"""An image that is augmented is stored this much larger than training's crop of it."""

Resized = tuple[NDArray[np.uint8], ...]


def stored_size(size: int) -> int:
    """Side of an image as it is stored that training crops to ``size``, in pixels."""
    return round(size * _MARGIN)


def resized(rgb: NDArray[np.uint8], sizes: tuple[int, ...]) -> Resized:
    """Square copies of an image at ``sizes``, filtered so that fine detail does not alias.

    Shape:
        ``(H, W, 3)`` -> one ``(S, S, 3)`` per size.
    """
    picture = Image.fromarray(rgb)
    copies = {}
    for size in sorted(sizes, reverse=True):
        # Each from the next larger one: after the first, the originals' size costs no more.
        picture = picture.resize((size, size), Image.Resampling.BICUBIC)
        copies[size] = np.asarray(picture)
    return tuple(copies[size] for size in sizes)


def to_input(backbone: FrozenBackbone, rgb: NDArray[np.uint8]) -> Tensor:
    """One image as the backbone's input.

    Shape:
        ``(S, S, 3)`` uint8 -> ``(1, 3, S, S)`` float32 on the backbone's device.
    """
    device = next(backbone.parameters()).device
    pixels = torch.from_numpy(rgb.copy()).permute(2, 0, 1).unsqueeze(0).to(device)
    return backbone.normalise(pixels)


def resize(images: Tensor, size: int) -> Tensor:
    """The side network's input from stored side images, without augmentation.

    Shape:
        ``(B, 3, S, S)`` -> ``(B, 3, size, size)``.
    """
    return nn.functional.interpolate(images, size=(size, size), mode="bilinear", antialias=True)
