"""NIfTI, NRRD and MetaImage volumes by SimpleITK: axial slices as frames."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from fpt_core.errors import ImageError
from fpt_core.images.pixels import Pixels
from fpt_core.images.refusal import check_size, unreadable

if TYPE_CHECKING:
    import SimpleITK as sitk

VOLUME_SUFFIXES = frozenset({".nii", ".nrrd", ".nhdr", ".mha", ".mhd"})
_MAX_VOXELS = 2_000_000_000


def is_volume(path: Path) -> bool:
    """Whether the name is that of a volume."""
    return path.suffix.lower() in VOLUME_SUFFIXES or path.name.lower().endswith(".nii.gz")


def read_volume(path: Path, frame: int = 0) -> Pixels:
    """One axial slice of a volume, turned to the LPS orientation of DICOM.

    Raises:
        ImageError: If the volume is damaged or has no such slice.
    """
    try:
        slices, (column, row) = _read(path)
    except Exception as error:
        raise unreadable(path, error) from error
    frames, height, width = slices.shape
    check_size(path, width, height)
    if not 0 <= frame < frames:
        raise ImageError(f"{path.name} has {frames} slices; there is no slice {frame}.")
    return Pixels(slices[frame].copy(), frames=frames, spacing_mm=(row, column))


def _read(path: Path) -> tuple[NDArray[Any], tuple[float, float]]:
    """All axial slices, and the distance between columns and between rows."""
    import SimpleITK as sitk  # half a second, needed for volumes alone

    sitk.ProcessObject.SetGlobalWarningDisplay(False)
    reader = sitk.ImageFileReader()
    reader.SetFileName(str(path))
    reader.ReadImageInformation()
    _check_kind(path, reader)
    volume = reader.Execute()
    if volume.GetDimension() == 3:
        volume = sitk.DICOMOrient(volume, "LPS")
    values = sitk.GetArrayFromImage(volume)
    slices = values[np.newaxis] if values.ndim == 2 else values
    return slices, volume.GetSpacing()[:2]


def _check_kind(path: Path, header: sitk.ImageFileReader) -> None:
    """Only grey volumes of two or three dimensions, and of a size that fits in memory."""
    if header.GetDimension() not in (2, 3):
        raise ImageError(
            f"{path.name} has {header.GetDimension()} dimensions; one volume of three is read.",
            "Export a single volume.",
        )
    if header.GetNumberOfComponents() != 1:
        raise ImageError(
            f"{path.name} has {header.GetNumberOfComponents()} values per voxel; one is read.",
            "Export a grey volume.",
        )
    if np.prod(header.GetSize(), dtype=np.float64) > _MAX_VOXELS:
        raise ImageError(
            f"{path.name} claims {' x '.join(map(str, header.GetSize()))} voxels, more than the "
            f"{_MAX_VOXELS // 1_000_000} million that are read.",
            "Check the file, or cut the volume first.",
        )
