"""Batches from the feature store, and the order in which they come."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from fpt_core.features.extract import resize
from fpt_core.features.store import FeatureStore
from fpt_core.training.augmentation import augment


@dataclass(frozen=True, slots=True)
class Example:
    """One labelled image of the store."""

    image_hash: str
    target: int


@dataclass(frozen=True, slots=True)
class Inputs:
    """What the model reads.

    Shape:
        side images ``(B, 3, S, S)`` normalised; keys, values ``(L, B, H, m, d)`` float32;
        targets ``(B,)``.
    """

    side_images: Tensor
    keys: Tensor
    values: Tensor
    targets: Tensor


class StoreReader:
    """Reads batches for one model.

    Args:
        store: The open store.
        side_image_size: Side of the image that the side network reads, in pixels.
        device: Where the batches go.
    """

    def __init__(self, store: FeatureStore, side_image_size: int, device: torch.device) -> None:
        self._store = store
        self._size = side_image_size
        self._device = device
        self._mean = torch.tensor(store.spec.mean, device=device).view(3, 1, 1)
        self._std = torch.tensor(store.spec.std, device=device).view(3, 1, 1)

    def read(self, examples: Sequence[Example], generator: torch.Generator | None) -> Inputs:
        """The inputs for ``examples``; augmented where a generator is given."""
        batch = self._store.read([example.image_hash for example in examples])
        side = batch.side_images.to(self._device).float() / 255
        if generator is None:
            side = resize(side, self._size)
        else:
            side = augment(side, self._size, generator)
        return Inputs(
            side_images=(side - self._mean) / self._std,
            keys=batch.keys.to(self._device).float(),
            values=batch.values.to(self._device).float(),
            targets=torch.tensor([example.target for example in examples], device=self._device),
        )


def epoch_batches(
    examples: Sequence[Example], batch_size: int, seed: int, epoch: int
) -> list[list[Example]]:
    """All whole batches of one epoch; their order depends on seed and epoch alone."""
    generator = torch.Generator().manual_seed(seed * 1_000_003 + epoch)
    order = torch.randperm(len(examples), generator=generator).tolist()
    shuffled = [examples[index] for index in order]
    whole = len(examples) // batch_size * batch_size
    return [shuffled[start : start + batch_size] for start in range(0, whole, batch_size)]


def in_batches(examples: Sequence[Example], batch_size: int) -> Iterator[Sequence[Example]]:
    """Every example once, in order, the last batch perhaps smaller."""
    for start in range(0, len(examples), batch_size):
        yield examples[start : start + batch_size]
