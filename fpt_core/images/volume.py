"""NIfTI, NRRD and MetaImage volumes by SimpleITK: axial slices as frames."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from fpt_core.errors import ImageError
from fpt_core.images.pixels import Pixels

VOLUME_SUFFIXES = frozenset({".nii", ".nrrd", ".nhdr", ".mha", ".mhd"})


def is_volume(path: Path) -> bool:
    """Whether the name is that of a volume."""
    return path.suffix.lower() in VOLUME_SUFFIXES or path.name.lower().endswith(".nii.gz")


def read_volume(path: Path, frame: int = 0) -> Pixels:
    """One axial slice of a volume, turned to the LPS orientation of DICOM.

    Raises:
        ImageError: If the volume is damaged or has no such slice.
    """
    import SimpleITK as sitk  # half a second, needed for volumes alone

    if not path.is_file():
        raise ImageError(
            f"There is no file {path.name} in {path.parent}.", "Check whether it was moved."
        )
    try:
        sitk.ProcessObject.SetGlobalWarningDisplay(False)
        volume = sitk.ReadImage(str(path))
        if volume.GetDimension() == 3:
            volume = sitk.DICOMOrient(volume, "LPS")
        values = sitk.GetArrayFromImage(volume)
    except RuntimeError as error:
        raise ImageError(
            f"{path.name} is truncated or damaged, or is no volume.", "Export it again."
        ) from error
    column, row = volume.GetSpacing()[:2]
    slices = values[np.newaxis] if values.ndim == 2 else values
    if slices.ndim != 3:
        raise ImageError(
            f"{path.name} has {values.ndim} dimensions; one volume of three is read.",
            "Export a single volume.",
        )
    if not 0 <= frame < len(slices):
        raise ImageError(f"{path.name} has {len(slices)} slices; there is no slice {frame}.")
    return Pixels(np.ascontiguousarray(slices[frame]), frames=len(slices), spacing_mm=(row, column))
