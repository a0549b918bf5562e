"""Augmentation of the side image: the frozen backbone never sees it."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional as F

_FLIP_PROBABILITY = 0.5
_JITTER = 0.2
_CROP_SCALE = (0.8, 1.0)
_CROP_ASPECT = (0.7, 1.3)


def augment(images: Tensor, size: int, generator: torch.Generator) -> Tensor:
    """Random resized crop, horizontal flip, brightness and contrast of a batch.

    Args:
        images: On a 0-1 scale.
        size: Side of the square result, in pixels.
        generator: Of the CPU; the only source of randomness.

    Shape:
        ``(B, 3, S, S)`` -> ``(B, 3, size, size)``.
    """
    B = len(images)

    def uniform(low: float, high: float) -> Tensor:
        return low + (high - low) * torch.rand(B, generator=generator)

    area = uniform(*_CROP_SCALE)
    aspect = uniform(*(math.log(ratio) for ratio in _CROP_ASPECT)).exp()
    width = (area * aspect).sqrt().clamp(max=1)
    height = (area / aspect).sqrt().clamp(max=1)
    # In the grid's coordinates the image spans -1 to 1, so a crop of width w may
    # be centred anywhere within 1 - w of the middle.
    centre_x = uniform(-1, 1) * (1 - width)
    centre_y = uniform(-1, 1) * (1 - height)
    flip = torch.where(torch.rand(B, generator=generator) < _FLIP_PROBABILITY, -1.0, 1.0)
    theta = torch.zeros(B, 2, 3)
    theta[:, 0, 0], theta[:, 0, 2] = width * flip, centre_x
    theta[:, 1, 1], theta[:, 1, 2] = height, centre_y
    brightness, contrast = uniform(1 - _JITTER, 1 + _JITTER), uniform(1 - _JITTER, 1 + _JITTER)

    grid = F.affine_grid(theta.to(images.device), [B, 3, size, size], align_corners=False)
    cropped = F.grid_sample(images, grid, padding_mode="reflection", align_corners=False)
    return _jitter(cropped, brightness.to(images.device), contrast.to(images.device))


def _jitter(images: Tensor, brightness: Tensor, contrast: Tensor) -> Tensor:
    brighter = (images * brightness.view(-1, 1, 1, 1)).clamp(0, 1)
    mean = brighter.mean((1, 2, 3), keepdim=True)
    return (mean + contrast.view(-1, 1, 1, 1) * (brighter - mean)).clamp(0, 1)
