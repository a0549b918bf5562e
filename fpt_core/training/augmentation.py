"""Augmentation of the side image: the frozen backbone never sees it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

_FLIP_PROBABILITY = 0.5
_JITTER = 0.2
_CROP_SCALE = (0.8, 1.0)
_CROP_ASPECT = (0.7, 1.3)


@dataclass(frozen=True, slots=True)
class Views:
    """How each image of a batch is changed: crop, flip, brightness and contrast.

    Drawn for the whole batch, so that it does not matter in how many parts that is computed.

    Shape:
        theta ``(B, 2, 3)``, in the grid's coordinates; brightness, contrast ``(B,)``.
    """

    theta: Tensor
    brightness: Tensor
    contrast: Tensor

    @classmethod
    def draw(cls, number: int, generator: torch.Generator) -> Views:
        """Draw for so many images; a generator of the CPU is the only source of randomness."""

        def uniform(low: float, high: float) -> Tensor:
            return low + (high - low) * torch.rand(number, generator=generator)

        area = uniform(*_CROP_SCALE)
        aspect = uniform(*(math.log(ratio) for ratio in _CROP_ASPECT)).exp()
        width = (area * aspect).sqrt().clamp(max=1)
        height = (area / aspect).sqrt().clamp(max=1)
        # In the grid's coordinates the image spans -1 to 1, so a crop of width w may
        # be centred anywhere within 1 - w of the middle.
        centre_x = uniform(-1, 1) * (1 - width)
        centre_y = uniform(-1, 1) * (1 - height)
        flips = torch.rand(number, generator=generator) < _FLIP_PROBABILITY
        theta = torch.zeros(number, 2, 3)
        theta[:, 0, 0], theta[:, 0, 2] = width * torch.where(flips, -1.0, 1.0), centre_x
        theta[:, 1, 1], theta[:, 1, 2] = height, centre_y
        return cls(theta, uniform(1 - _JITTER, 1 + _JITTER), uniform(1 - _JITTER, 1 + _JITTER))

    def __getitem__(self, part: slice) -> Views:
        return Views(self.theta[part], self.brightness[part], self.contrast[part])


def augment(images: Tensor, size: int, views: Views) -> Tensor:
    """Random resized crop, horizontal flip, brightness and contrast of a batch.

    Args:
        images: On a 0-1 scale.
        size: Side of the square result, in pixels.
        views: One for each image.

    Shape:
        ``(B, 3, S, S)`` -> ``(B, 3, size, size)``.
    """
    device = images.device
    shape = [len(images), 3, size, size]
    grid = F.affine_grid(views.theta.to(device), shape, align_corners=False)
    cropped = F.grid_sample(images, grid, padding_mode="reflection", align_corners=False)
    return _jitter(cropped, views.brightness.to(device), views.contrast.to(device))


def _jitter(images: Tensor, brightness: Tensor, contrast: Tensor) -> Tensor:
    brighter = (images * brightness.view(-1, 1, 1, 1)).clamp(0, 1)
    mean = brighter.mean((1, 2, 3), keepdim=True)
    return (mean + contrast.view(-1, 1, 1, 1) * (brighter - mean)).clamp(0, 1)
