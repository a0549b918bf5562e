"""From files to records: decode, resize, read, store.

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

import torch

from fpt_core.config import PixelRecipe
from fpt_core.errors import ImageError
from fpt_core.events import Event, Progress, Warned
from fpt_core.features.reading import Reading
from fpt_core.features.resizing import Resized, resized
from fpt_core.features.store import FeatureStore, StoreWriter
from fpt_core.images import read_image
from fpt_core.memory_limit import limit_error, used_bytes

_DECODING_THREADS = min(4, os.cpu_count() or 1)
PREPARING = "Preparing images"
"""The stage that preparation tells."""
_DECODED_AHEAD = 2
"""Images decoded and waiting, for each thread."""
_DECODING_BYTES_PER_PIXEL = 16


@dataclass(frozen=True, slots=True)
class SourceImage:
    """One frame of a file, and the hash of its content."""

    path: Path
    frame: int
    image_hash: str
    num_pixels: int = 0
    """Of the original; 0 where it is not known."""


def extract(
    reading: Reading,
    images: Sequence[SourceImage],
    folder: Path,
    memory_limit_bytes: int | None = None,
) -> Generator[Event, None, None]:
    """Add the records of ``images`` that the store below ``folder`` does not have yet.

    An image that has become unreadable is told in a ``Warned`` event and left out.

    Args:
        reading: Computes what is missing.
        images: All that the store must have.
        folder: ``features/`` of a project.
        memory_limit_bytes: What the whole process may take.

    Raises:
        ConfigError: If not even one image at a time fits the limit.
        StoreError: If the store is damaged or being written by another process.
        DiskFullError: If there is no space left; what was written is kept.
    """
    spec = reading.spec
    with FeatureStore(folder, spec) as store:
        # Copies with different labels are two examples, but one record.
        wanted = {image.image_hash: image for image in images}
        todo = [image for key, image in wanted.items() if key not in store]
    # Slices of one volume in a row, since each volume is unpacked as a whole.
    todo.sort(key=lambda image: (image.path, image.frame))
    done = len(wanted) - len(todo)
    yield Progress(PREPARING, done, len(wanted))
    if not todo:
        return
    threads = _threads(reading, todo, memory_limit_bytes)
    with StoreWriter(folder, spec) as writer:
        for image, pixels in decoded(todo, spec.recipe, spec.sizes, threads):
            done += 1
            if isinstance(pixels, ImageError):
                yield Warned(f"{pixels.message} It is left out.", pixels.remedy)
            else:
                writer.append(image.image_hash, *reading.content(pixels))
            yield Progress(PREPARING, done, len(wanted))


def _threads(reading: Reading, images: Sequence[SourceImage], limit_bytes: int | None) -> int:
    """How many threads may decode at once."""
    if limit_bytes is None:
        return _DECODING_THREADS
    largest = max(image.num_pixels for image in images)
    waiting = 3 * sum(size**2 for size in reading.spec.sizes) * (_DECODED_AHEAD + 1)
    for_thread = _DECODING_BYTES_PER_PIXEL * largest + waiting
    base = used_bytes(torch.device("cpu")) + reading.memory_bytes
    threads = (limit_bytes - base) // for_thread
    if threads < 1:
        raise limit_error(limit_bytes, base + for_thread, "Preparation")
    return min(_DECODING_THREADS, threads)


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
