"""Arrays of images in NumPy's files, one image per row: ``.npy``, and MedMNIST's ``.npz``."""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
from collections import OrderedDict
from contextlib import ExitStack
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from fpt_core.config import VolumeAxis
from fpt_core.errors import ImageError
from fpt_core.images import archive
from fpt_core.images.pixels import Pixels
from fpt_core.images.reader import ImageReader
from fpt_core.images.refusal import check_size, unreadable

_KEPT = 8
_CHUNK_BYTES = 2**20

_kept: OrderedDict[tuple[Path, int, int], NDArray[Any]] = OrderedDict()
_lock = threading.Lock()


def open_array(path: Path) -> NDArray[Any]:
    """An array of a NumPy file, read from disk as it is needed; nothing in it is executed.

    Args:
        path: A ``.npy`` file, or one through a ``.npz`` archive: ``/data/a.npz/train_labels``.

    Raises:
        ImageError: If there is none, or it is damaged.
    """
    try:
        status = os.stat(archive.container(path))
        key = (path, status.st_mtime_ns, status.st_size)
        with _lock:
            if key not in _kept:
                _kept[key] = _mapped(_on_disk(path), path.name)
                while len(_kept) > _KEPT:
                    _kept.popitem(last=False)
            _kept.move_to_end(key)
            return _kept[key]
    except FileNotFoundError as error:
        raise ImageError(
            f"There is no file {path.name} in {path.parent}.", "Check whether it was moved."
        ) from error
    except Exception as error:
        raise unreadable(path.name, error) from error


class ArrayReader(ImageReader):
    """The rows of an array, each an image.

    Shape:
        ``(H, W)`` or ``(H, W, 3)`` is one image, ``(N, H, W)`` and ``(N, H, W, 1 or 3)`` are N.
    """

    format = "NumPy"
    _frame = "row"

    def __init__(self, path: Path) -> None:
        super().__init__(path.name)
        self._rows = _rows(open_array(path), path.name)

    def _num_frames(self, volume_axis: VolumeAxis) -> int:
        return len(self._rows)

    def _read(self, frame: int, volume_axis: VolumeAxis) -> Pixels:
        row = np.array(self._rows[frame])
        if row.dtype == np.bool_:
            row = row.astype(np.uint8) * 255
        return Pixels(row, frames=len(self._rows), name=self.name)


def _on_disk(path: Path) -> BinaryIO:
    """The file, or for one in an archive a copy without a name, which goes when it is closed."""
    if not archive.leads_through(path):
        return path.open("rb")
    with archive.open_member(path) as member, ExitStack() as undo:
        copy = undo.enter_context(tempfile.TemporaryFile(prefix="fpt-"))
        shutil.copyfileobj(member, copy, _CHUNK_BYTES)
        copy.seek(0)
        undo.pop_all()
    return copy


def _mapped(file: BinaryIO, name: str) -> NDArray[Any]:
    with file:  # the mapping stays valid
        version = npy.read_magic(file)
        read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
        shape, is_fortran, dtype = read(file)
        if dtype.hasobject:
            raise ImageError(
                f"{name} holds Python objects, which are not read since they could run code.",
                "Save it as an array of numbers.",
            )
        if 0 in shape:
            return np.empty(shape, dtype)
        order: Any = "F" if is_fortran else "C"
        return np.memmap(file, dtype, "r", file.tell(), shape, order)


def _rows(array: NDArray[Any], name: str) -> NDArray[Any]:
    """The array with one image in each row."""
    if array.ndim == 4 and array.shape[3] == 1:
        array = array[..., 0]
    is_colour = array.ndim in (3, 4) and array.shape[-1] == 3 and array.dtype == np.uint8
    images = array[np.newaxis] if array.ndim == (3 if is_colour else 2) else array
    if array.dtype.kind not in "buif" or images.ndim != (4 if is_colour else 3):
        raise ImageError(
            f"{name} is an array of shape {array.shape} and type {array.dtype}, not of images.",
            "Give grey images (N, H, W), or colour images (N, H, W, 3) of type uint8.",
        )
    check_size(name, images.shape[2], images.shape[1])
    return images
