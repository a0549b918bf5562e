"""A stack: the files of a series in their order, read like one file of several frames.

It is itself a small file that lists them, so that whatever takes a path and a frame takes a
series too. It is no format to keep: it names where the files lie on this machine.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from fpt_core.config import VolumeAxis
from fpt_core.errors import ImageError
from fpt_core.files import write_atomically
from fpt_core.images.dicom_tags import DicomTags
from fpt_core.images.kind import STACK_BEGINNING
from fpt_core.images.pixels import Pixels
from fpt_core.images.reader import ImageReader
from fpt_core.images.source import opened

Opener = Callable[[Path], AbstractContextManager[ImageReader]]


def write_stack(path: Path, slices: Sequence[Path]) -> None:
    """Write the list of ``slices`` to ``path``.

    Raises:
        OSError: If it cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    listed = json.dumps([str(each.absolute()) for each in slices])
    write_atomically(path, STACK_BEGINNING + listed.encode())


def slices_of(path: Path) -> tuple[Path, ...]:
    """The files of a stack in their order; empty for any other file, and where there is none."""
    try:
        with opened(path) as file:
            return _listed(file, path.name) if _is_stack(file) else ()
    except ImageError:
        return ()


def source_of(path: Path, frame: int) -> tuple[Path, int]:
    """The file in which a frame of ``path`` lies, and its frame there."""
    slices = slices_of(path)
    return (slices[frame], 0) if frame < len(slices) else (path, frame)


class StackReader(ImageReader):
    """Reads the slices of a stack, each from its own file.

    Args:
        file: The list.
        name: Of the stack, for messages.
        opener: Opens a slice.

    Raises:
        ImageError: If the list is damaged.
    """

    format = "Series"
    _frame = "slice"

    def __init__(self, file: BinaryIO, name: str, opener: Opener) -> None:
        super().__init__(name)
        file.seek(0)
        self._slices, self._opener = _listed(file, name), opener

    def tags(self, keywords: Sequence[str] = ()) -> DicomTags | None:
        """What the header of the first slice says."""
        with self._opener(self._slices[0]) as image:
            return image.tags(keywords)

    def _num_frames(self, volume_axis: VolumeAxis) -> int:
        return len(self._slices)

    def _read(self, frame: int, volume_axis: VolumeAxis) -> Pixels:
        with self._opener(self._slices[frame]) as image:
            if isinstance(image, StackReader):
                raise _damaged(self.name)
            return replace(image.read(0, volume_axis), frames=len(self._slices))


def _is_stack(file: BinaryIO) -> bool:
    return file.read(len(STACK_BEGINNING)) == STACK_BEGINNING


def _listed(file: BinaryIO, name: str) -> tuple[Path, ...]:
    file.seek(len(STACK_BEGINNING))
    try:
        listed = tuple(map(Path, json.loads(file.read())))
    except (ValueError, TypeError) as error:
        raise _damaged(name) from error
    if not listed:
        raise _damaged(name)
    return listed


def _damaged(name: str) -> ImageError:
    return ImageError(f"{name} is a damaged list of slices.", "Open the folder of the series.")
