"""NIfTI, NRRD and MetaImage volumes by SimpleITK: slices along one axis as frames."""

from __future__ import annotations

import os
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from fpt_core.config import VolumeAxis
from fpt_core.errors import ImageError
from fpt_core.images.archive import container, leads_through
from fpt_core.images.kind import VOLUME_FORMATS, volume_suffix
from fpt_core.images.pixels import Pixels
from fpt_core.images.reader import ImageReader
from fpt_core.images.refusal import check_size, in_words

if TYPE_CHECKING:
    import SimpleITK as sitk

_MAX_VOXELS = 2_000_000_000
_KEPT_BYTES = 2**29
"""Of the volumes read last; the very last is kept whatever its size."""

_kept: OrderedDict[tuple[Path, int, int], _Volume] = OrderedDict()
"""The volumes read last: their slices are asked for one by one."""
_lock = threading.Lock()
_Volume = tuple[NDArray[Any], tuple[float, float, float]]
"""Voxels ``(z, y, x)`` along the axes of LPS, and the distances between them in that order."""


class VolumeReader(ImageReader):
    """A volume, turned to the LPS orientation of DICOM, slice by slice.

    Axial slices run from the feet to the head, coronal ones from front to back, sagittal
    ones from the patient's right to the left. The head, or the front, is at their top.

    Args:
        path: The file, perhaps in an archive.
        file: Its content, for a file in an archive.
    """

    _frame = "slice"

    def __init__(self, path: Path, file: BinaryIO) -> None:
        super().__init__(path.name)
        self.format = VOLUME_FORMATS.get(volume_suffix(path.name), "NRRD")
        self._path, self._file = path, file
        self._sizes: tuple[int, int, int] | None = None

    def _num_frames(self, volume_axis: VolumeAxis) -> int:
        if self._sizes is None:
            with _on_disk(self._path, self._file) as path:
                self._sizes = _oriented_sizes(_header(path, self.name))
        width, depth, height = self._sizes
        check_size(self.name, width, depth)
        return {"axial": height, "coronal": depth, "sagittal": width}[volume_axis]

    def _read(self, frame: int, volume_axis: VolumeAxis) -> Pixels:
        voxels, (z_mm, y_mm, x_mm) = self._volume()
        if volume_axis == "axial":
            values, spacing = voxels[frame], (y_mm, x_mm)
        elif volume_axis == "coronal":
            values, spacing = voxels[::-1, frame], (z_mm, x_mm)
        else:
            values, spacing = voxels[::-1, :, frame], (z_mm, y_mm)
        frames = self._num_frames(volume_axis)
        return Pixels(values.copy(), frames=frames, spacing_mm=spacing, name=self.name)

    def _volume(self) -> _Volume:
        status = container(self._path).stat()
        key = (self._path, status.st_mtime_ns, status.st_size)
        with _lock:
            if key not in _kept:
                with _on_disk(self._path, self._file) as path, in_words(self.name):
                    volume = _oriented(path, self.name)
                _kept[key] = volume
                while len(_kept) > 1 and sum(v.nbytes for v, _ in _kept.values()) > _KEPT_BYTES:
                    _kept.popitem(last=False)
            _kept.move_to_end(key)
            return _kept[key]


@contextmanager
def _on_disk(path: Path, file: BinaryIO) -> Iterator[Path]:
    """A real file, which SimpleITK needs: for one in an archive, a copy for the while."""
    if not leads_through(path):
        yield path
        return
    suffix = volume_suffix(path.name)
    with tempfile.TemporaryDirectory(prefix="fpt-") as folder:
        copy = Path(folder) / f"volume{suffix}"
        file.seek(0)
        copy.write_bytes(file.read())
        yield copy


def _header(path: Path, name: str) -> sitk.ImageFileReader:
    """The checked header of a grey volume of two or three dimensions that fits in memory."""
    import SimpleITK as sitk  # half a second, needed for volumes alone

    sitk.ProcessObject.SetGlobalWarningDisplay(False)
    reader = sitk.ImageFileReader()
    reader.SetFileName(os.fspath(path))
    reader.ReadImageInformation()
    if reader.GetDimension() not in (2, 3):
        raise ImageError(
            f"{name} has {reader.GetDimension()} dimensions; one volume of three is read.",
            "Export a single volume.",
        )
    if reader.GetNumberOfComponents() != 1:
        raise ImageError(
            f"{name} has {reader.GetNumberOfComponents()} values per voxel; one is read.",
            "Export a grey volume.",
        )
    if np.prod(reader.GetSize(), dtype=np.float64) > _MAX_VOXELS:
        raise ImageError(
            f"{name} claims {' x '.join(map(str, reader.GetSize()))} voxels, more than the "
            f"{_MAX_VOXELS // 1_000_000} million that are read.",
            "Check the file, or cut the volume first.",
        )
    return reader


def _oriented_sizes(header: sitk.ImageFileReader) -> tuple[int, int, int]:
    """Voxels from right to left, from front to back and from the feet to the head."""
    import SimpleITK as sitk

    size = header.GetSize()
    if len(size) == 2:
        return size[0], size[1], 1
    axes = sitk.DICOMOrientImageFilter.GetOrientationFromDirectionCosines(header.GetDirection())
    along = {axis: extent for axis, extent in zip(axes, size, strict=True)}
    return tuple(next(along[end] for end in ends if end in along) for ends in ("LR", "PA", "SI"))


def _oriented(path: Path, name: str) -> _Volume:
    import SimpleITK as sitk

    volume = _header(path, name).Execute()
    if volume.GetDimension() == 2:
        x_mm, y_mm = volume.GetSpacing()
        return sitk.GetArrayFromImage(volume)[np.newaxis], (1.0, y_mm, x_mm)
    volume = sitk.DICOMOrient(volume, "LPS")
    x_mm, y_mm, z_mm = volume.GetSpacing()
    return sitk.GetArrayFromImage(volume), (z_mm, y_mm, x_mm)
