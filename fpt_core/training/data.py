"""Batches from the feature store, and the order in which they come."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from fpt_core.config import TrainingConfig
from fpt_core.features.record import Batch, StoreSpec
from fpt_core.features.resizing import resize
from fpt_core.features.store import FeatureStore
from fpt_core.models.backbone import FrozenBackbone
from fpt_core.training.augmentation import Views, augment


@dataclass(frozen=True, slots=True)
class Example:
    """One labelled image of the store."""

    image_hash: str
    target: int


Part = Sequence[Example]
"""Images that go through the model together."""
Rows = Tensor
"""Records as stored, ``(n, record_bytes)`` uint8."""


class ModelInputs(Protocol):
    """What a model reads of a part of a batch."""

    @property
    def targets(self) -> Tensor:
        """Class of each image, ``(B,)``."""
        ...

    def logits(self, model: nn.Module) -> Tensor:
        """What ``model`` answers, ``(B, classes)``."""
        ...


class Reader(Protocol):
    """Where the images of a batch come from; a part's rows are the reader's own affair."""

    def stream(self, parts: Sequence[Part]) -> Generator[tuple[Part, Any], None, None]:
        """Every part with what was read of it, one after another."""
        ...

    def inputs(self, part: Part, rows: Any, views: Views | None) -> ModelInputs:
        """What a model reads of a part; augmented where views are given."""
        ...


@dataclass(frozen=True, slots=True)
class Inputs:
    """What FPT reads, its tokens as they are stored.

    Shape:
        side images ``(B, 3, S, S)`` normalised; keys, values ``(L, B, H, m, d)``, their
        scales ``(L, B, H, m)`` where they are quantised; targets ``(B,)``.
    """

    side_images: Tensor
    keys: Tensor
    values: Tensor
    key_scales: Tensor | None
    value_scales: Tensor | None
    targets: Tensor
    summaries: Tensor | None = None
    """``(B, n, C)``, where the store keeps them."""

    def logits(self, model: nn.Module) -> Tensor:
        """What ``model`` answers."""
        logits: Tensor = model(
            self.side_images, self.keys, self.values, self.key_scales, self.value_scales
        )
        return logits

    def only(self, rows: Tensor) -> Inputs:
        """The inputs of some of the images."""
        key_scales, value_scales = self.key_scales, self.value_scales
        return Inputs(
            self.side_images[rows],
            self.keys[:, rows],
            self.values[:, rows],
            None if key_scales is None else key_scales[:, rows],
            None if value_scales is None else value_scales[:, rows],
            self.targets[rows],
        )


@dataclass(frozen=True, slots=True)
class PlainInputs:
    """What the other methods read: tokens of the frozen backbone, or images.

    Shape:
        inputs ``(B, N, C)``, or images ``(B, 3, S, S)`` normalised; targets ``(B,)``.
    """

    inputs: Tensor
    targets: Tensor

    def logits(self, model: nn.Module) -> Tensor:
        """What ``model`` answers."""
        logits: Tensor = model(self.inputs)
        return logits


class StoredRecords:
    """Reads the records of a store for a device, one part ahead.

    Args:
        store: The open store.
        device: Where the records go.
    """

    def __init__(self, store: FeatureStore[Any], device: torch.device) -> None:
        self.spec = store.spec
        self.device = device
        self._store = store

    def stream(self, parts: Sequence[Part]) -> Generator[tuple[Part, Rows], None, None]:
        """Every part with its records; the next one is read while the caller computes.

        The records lie in one of two buffers: use them before asking for the next.

        Raises:
            DamagedRecordError: If a record is not what was written.
        """
        largest = max((len(part) for part in parts), default=0)
        rows = torch.empty(
            2,
            largest,
            self._store.spec.record_bytes,
            dtype=torch.uint8,
            pin_memory=self.device.type == "cuda",
        )

        def read(number: int) -> Rows:
            hashes = [example.image_hash for example in parts[number]]
            self._store.read(hashes, rows[number % 2])
            return rows[number % 2, : len(hashes)]

        with ThreadPoolExecutor(1) as pool:
            ahead = pool.submit(read, 0) if parts else None
            for number, part in enumerate(parts):
                assert ahead is not None, "each part is read before its turn"
                ready = ahead.result()
                if number + 1 < len(parts):
                    ahead = pool.submit(read, number + 1)
                yield part, ready

    def unpacked(self, rows: Rows) -> Any:
        """Records as the store's spec unpacks them, on the device."""
        return self.spec.unpack(rows.to(self.device, non_blocking=True))

    def targets(self, part: Part) -> Tensor:
        """Class of each image of ``part``."""
        return torch.tensor([example.target for example in part], device=self.device)


class StoreReader(StoredRecords):
    """Reads batches for FPT and FPT+.

    Args:
        store: The open store.
        side_image_size: Side of the image that the side network reads, in pixels.
        device: Where the batches go.
    """

    def __init__(
        self, store: FeatureStore[StoreSpec], side_image_size: int, device: torch.device
    ) -> None:
        super().__init__(store, device)
        self._size = side_image_size
        self._mean = torch.tensor(store.spec.mean, device=device).view(3, 1, 1)
        self._std = torch.tensor(store.spec.std, device=device).view(3, 1, 1)

    def inputs(self, part: Part, rows: Rows, views: Views | None) -> Inputs:
        """The inputs from the records of ``part``; augmented where views are given."""
        batch: Batch = self.unpacked(rows)
        side = batch.side_images.float() / 255
        side = resize(side, self._size) if views is None else augment(side, self._size, views)
        return Inputs(
            side_images=(side - self._mean) / self._std,
            keys=batch.keys,
            values=batch.values,
            key_scales=batch.key_scales,
            value_scales=batch.value_scales,
            targets=self.targets(part),
            summaries=batch.summaries,
        )


class VectorReader(StoredRecords):
    """Reads tokens of the frozen backbone, which never saw an augmented image."""

    def inputs(self, part: Part, rows: Rows, views: Views | None) -> PlainInputs:
        """The tokens from the records of ``part``."""
        return PlainInputs(self.unpacked(rows), self.targets(part))


class PictureReader(StoredRecords):
    """Reads images for a backbone that learns.

    Args:
        store: The open store.
        backbone: Which size and normalisation it takes.
        device: Where the batches go.
    """

    def __init__(
        self, store: FeatureStore[Any], backbone: FrozenBackbone, device: torch.device
    ) -> None:
        super().__init__(store, device)
        self._backbone = backbone

    def inputs(self, part: Part, rows: Rows, views: Views | None) -> PlainInputs:
        """The images from the records of ``part``; augmented where views are given."""
        pictures, size = self.unpacked(rows).float(), self._backbone.image_size
        if views is None:
            images = resize(pictures, size)
        else:
            images = 255 * augment(pictures / 255, size, views)
        return PlainInputs(self._backbone.normalise(images), self.targets(part))


def epoch_batches(
    examples: Sequence[Example], training: TrainingConfig, epoch: int
) -> list[list[Example]]:
    """All whole batches of one epoch; they depend on seed and epoch alone.

    With balanced sampling every class is drawn as often as any other, so that images of
    rare classes come several times and some of common classes not at all.
    """
    generator = torch.Generator().manual_seed(training.seed * 1_000_003 + epoch)
    number, size = len(examples), training.batch_size
    if training.imbalance == "balanced-sampling":
        targets = torch.tensor([example.target for example in examples])
        chances = 1 / torch.bincount(targets)[targets].double()
        order = torch.multinomial(chances, number, replacement=True, generator=generator)
    else:
        order = torch.randperm(number, generator=generator)
    shuffled = [examples[index] for index in order.tolist()]
    return [shuffled[start : start + size] for start in range(0, number // size * size, size)]


def in_batches(examples: Sequence[Example], batch_size: int) -> Iterator[Sequence[Example]]:
    """Every example once, in order, the last batch perhaps smaller."""
    for start in range(0, len(examples), batch_size):
        yield examples[start : start + batch_size]
