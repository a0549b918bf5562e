"""The images that teacher and student look at, decoded once, and batches of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor, nn

from distillation.procedural import procedural_image
from distillation.settings import DistillationConfig

Rgb = NDArray[np.uint8]


class ImagePool:
    """Square 8-bit images in two files below ``folder``: photographs and procedural ones.

    Args:
        folder: Where the decoded images are kept between runs.
        photographs: Files of unlabelled images.
        config: Numbers, sizes and the seed.
    """

    def __init__(
        self, folder: Path, photographs: Sequence[Path], config: DistillationConfig
    ) -> None:
        self._config = config
        self._photographs = _decoded_once(
            folder / "photographs.npy",
            partial(_photograph, photographs, config.photograph_size),
            len(photographs),
            config.photograph_size,
        )
        self._procedural = _decoded_once(
            folder / "procedural.npy",
            partial(procedural_image, config.procedural_size),
            config.num_procedural,
            config.procedural_size,
        )

    def batch(self, step: int) -> Tensor:
        """The augmented images of one step; they depend on the seed and the step alone.

        Shape:
            ``(B, 3, S, S)`` float32 between 0 and 1.
        """
        rng = np.random.default_rng((self._config.seed, step))
        size, batch_size = self._config.batches[
            rng.choice(len(self._config.batches), p=self._config.batch_shares)
        ]
        return torch.stack([self._augmented(size, rng) for _ in range(batch_size)])

    def _augmented(self, size: int, rng: np.random.Generator) -> Tensor:
        procedural = rng.random() < self._config.procedural_share or not len(self._photographs)
        images = self._procedural if procedural else self._photographs
        return augmented(images[rng.integers(len(images))], size, rng)


def augmented(image: Rgb, size: int, rng: np.random.Generator) -> Tensor:
    """A random crop of ``image``, perhaps flipped, brighter or darker.

    Shape:
        ``(S, S, 3)`` -> ``(3, size, size)`` between 0 and 1.
    """
    side = len(image)
    height, width = (
        round(side * np.sqrt(share)) for share in rng.uniform(0.3, 1, 1) * rng.uniform(0.85, 1, 2)
    )
    top, left = rng.integers(side - height + 1), rng.integers(side - width + 1)
    if rng.random() < 0.5:  # the whole image, as it is seen in use
        top, left, height, width = 0, 0, side, side
    crop = torch.from_numpy(image[top : top + height, left : left + width].copy())
    pixels = crop.permute(2, 0, 1)[None].float() / 255
    resized = nn.functional.interpolate(
        pixels, size=(size, size), mode="bicubic", antialias=True, align_corners=False
    )[0]
    flips = [axis for axis, chance in ((2, 0.5), (1, 0.2)) if rng.random() < chance]
    gain, gamma = rng.uniform(0.75, 1.25), rng.uniform(0.75, 1.33)
    return (resized.flip(flips).clamp(0, 1) ** gamma * gain).clamp(0, 1)


def _photograph(files: Sequence[Path], size: int, index: int) -> Rgb:
    with Image.open(files[index]) as picture:
        square = picture.convert("RGB").resize((size, size), Image.Resampling.BICUBIC)
    return np.asarray(square)


def _decoded_once(path: Path, make: Callable[[int], Rgb], count: int, size: int) -> Rgb:
    """The images, read from ``path`` or made and kept there."""
    shape = (count, size, size, 3)
    if not path.is_file() or np.load(path, mmap_mode="r").shape != shape:
        path.parent.mkdir(parents=True, exist_ok=True)
        images = np.empty(shape, dtype=np.uint8)
        for index in range(count):
            images[index] = make(index)
        partial_file = path.with_suffix(".part.npy")
        np.save(partial_file, images)
        partial_file.replace(path)
    return np.load(path, mmap_mode="r")
