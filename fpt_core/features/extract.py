"""From files to records: decode, resize, run the frozen backbone, store.

Decoding runs ahead in threads while the backbone computes.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor, nn

from fpt_core.config import FptConfig, PixelRecipe, StoreDtype
from fpt_core.errors import ImageError
from fpt_core.events import Event, Progress, Warned
from fpt_core.features.record import StoreSpec
from fpt_core.features.store import FeatureStore, StoreWriter
from fpt_core.images import read_image
from fpt_core.memory_limit import MB, limit_error, used_bytes
from fpt_core.models.backbone import MLP_ROWS, FrozenBackbone

_DECODING_THREADS = min(4, os.cpu_count() or 1)
_DECODED_AHEAD = 2
"""Images decoded and waiting, for each thread."""
_DECODING_BYTES_PER_PIXEL = 16
_FLOAT_BYTES = 4
_ATTENTION_BYTES = 8 * MB
_RUNTIME_BYTES = 32 * MB
"""Libraries' own buffers and what the allocator does not give back."""
_SIDE_MARGIN = 9 / 8
"""The side image is stored this much larger than training's crop of it."""


@dataclass(frozen=True, slots=True)
class SourceImage:
    """One frame of a file, and the hash of its content."""

    path: Path
    frame: int
    image_hash: str
    num_pixels: int = 0
    """Of the original; 0 where it is not known."""


def store_spec(
    backbone: FrozenBackbone, config: FptConfig, recipe: PixelRecipe, dtype: StoreDtype
) -> StoreSpec:
    """The spec of the records that ``config`` needs of ``backbone``."""
    return StoreSpec(
        backbone=backbone.name,
        weights_hash=backbone.weights_hash,
        image_size=backbone.image_size,
        side_image_size=stored_side_size(config),
        blocks=config.tapped_block_indices(backbone.depth),
        num_heads=backbone.num_heads,
        num_kept_tokens=backbone.num_kept_tokens(config.token_ratio),
        head_dim=backbone.head_dim,
        token_importance=config.token_importance,
        mean=tuple(backbone.mean),
        std=tuple(backbone.std),
        recipe=recipe,
        dtype=dtype,
    )


def stored_side_size(config: FptConfig) -> int:
    """Side of the square side image as stored, in pixels."""
    return round(config.side_image_size * _SIDE_MARGIN)


def extract(
    backbone: FrozenBackbone,
    config: FptConfig,
    spec: StoreSpec,
    images: Sequence[SourceImage],
    folder: Path,
    memory_limit_bytes: int | None = None,
) -> Generator[Event, None, None]:
    """Add the records of ``images`` that the store below ``folder`` does not have yet.

    An image that has become unreadable is told in a ``Warned`` event and left out.

    Args:
        backbone: Computes what is missing.
        config: The method's shape.
        spec: Of the records.
        images: All that the store must have.
        folder: ``features/`` of a project.
        memory_limit_bytes: What the whole process may take.

    Raises:
        ConfigError: If not even one image at a time fits the limit.
        StoreError: If the store is damaged or being written by another process.
        DiskFullError: If there is no space left; what was written is kept.
    """
    with FeatureStore(folder, spec) as store:
        # Copies with different labels are two examples, but one record.
        wanted = {image.image_hash: image for image in images}
        todo = [image for key, image in wanted.items() if key not in store]
    # Slices of one volume in a row, since each volume is unpacked as a whole.
    todo.sort(key=lambda image: (image.path, image.frame))
    done = len(wanted) - len(todo)
    yield Progress("Preparing images", done, len(wanted))
    if not todo:
        return
    threads = _threads(backbone, spec, todo, memory_limit_bytes)
    sizes = (spec.image_size, spec.side_image_size)
    with StoreWriter(folder, spec) as writer:
        for image, pixels in decoded(todo, spec.recipe, sizes, threads):
            done += 1
            if isinstance(pixels, ImageError):
                yield Warned(f"{pixels.message} It is left out.", pixels.remedy)
            else:
                high, side = pixels
                tokens = backbone.important_tokens(
                    to_input(backbone, high),
                    spec.blocks,
                    config.token_ratio,
                    spec.token_importance,
                    spec.tokens_dtype,
                )
                keys, values, indices = (
                    part[:, 0].cpu() for part in (tokens.keys, tokens.values, tokens.indices)
                )
                writer.append(image.image_hash, keys, values, indices, side)
            yield Progress("Preparing images", done, len(wanted))


def _threads(
    backbone: FrozenBackbone,
    spec: StoreSpec,
    images: Sequence[SourceImage],
    limit_bytes: int | None,
) -> int:
    """How many threads may decode at once."""
    if limit_bytes is None:
        return _DECODING_THREADS
    largest = max(image.num_pixels for image in images)
    waiting = 3 * (spec.image_size**2 + spec.side_image_size**2) * (_DECODED_AHEAD + 1)
    for_thread = _DECODING_BYTES_PER_PIXEL * largest + waiting
    base = used_bytes(torch.device("cpu")) + preparation_bytes(backbone, spec)
    threads = (limit_bytes - base) // for_thread
    if threads < 1:
        raise limit_error(limit_bytes, base + for_thread, "Preparation")
    return min(_DECODING_THREADS, threads)


def preparation_bytes(backbone: FrozenBackbone, spec: StoreSpec) -> int:
    """Estimated growth of memory while one image goes through the backbone.

    Linear in the number of tokens; measured growth lies below.
    """
    hidden = backbone.num_tokens * backbone.embed_dim
    passing = 10 * hidden + 8 * min(backbone.num_tokens, MLP_ROWS) * backbone.embed_dim
    pixels = 4 * 3 * backbone.image_size**2
    numbers: int = _FLOAT_BYTES * (passing + pixels + 4 * spec.tokens_numel // len(spec.blocks))
    return numbers + 3 * spec.record_bytes + _ATTENTION_BYTES + _RUNTIME_BYTES


Resized = tuple[NDArray[np.uint8], ...]


def decoded(
    images: Iterable[SourceImage],
    recipe: PixelRecipe,
    sizes: tuple[int, ...],
    threads: int = _DECODING_THREADS,
) -> Iterator[tuple[SourceImage, Resized | ImageError]]:
    """Each image with its pixels at every one of ``sizes``, or the reason why there are none."""

    def read(image: SourceImage) -> Resized | ImageError:
        try:
            return resized(read_image(image.path, recipe, image.frame), sizes)
        except ImageError as error:
            return error

    remaining = iter(images)
    ahead: deque[tuple[SourceImage, Future[Resized | ImageError]]] = deque()
    pool = ThreadPoolExecutor(threads)
    try:
        for image in islice(remaining, threads * _DECODED_AHEAD):
            ahead.append((image, pool.submit(read, image)))
        while ahead:
            image, future = ahead.popleft()
            pixels = future.result()
            for following in islice(remaining, 1):
                ahead.append((following, pool.submit(read, following)))
            yield image, pixels
    finally:
        pool.shutdown(cancel_futures=True)


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
