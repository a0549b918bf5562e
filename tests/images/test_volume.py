from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from fpt_core.errors import ImageError
from fpt_core.images import is_image_file, read_image, read_pixels

VALUES = np.arange(60, dtype=np.int16).reshape(3, 4, 5) * 10 - 200


@pytest.mark.parametrize("suffix", ["nii", "nii.gz", "nrrd", "mha"])
def test_slices_are_frames(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"a.{suffix}"
    volume = sitk.GetImageFromArray(VALUES)
    volume.SetSpacing((0.5, 0.75, 3))
    sitk.WriteImage(volume, str(path))
    assert is_image_file(path)
    pixels = read_pixels(path, 1)
    assert np.array_equal(pixels.values, VALUES[1])
    assert pixels.frames == 3
    assert pixels.spacing_mm == pytest.approx((0.75, 0.5))
    assert read_image(path, frame=2).shape == (4, 5, 3)
    with pytest.raises(ImageError, match="3 slices; there is no slice 3"):
        read_pixels(path, 3)


def test_other_orientations_are_turned_to_dicoms(tmp_path: Path) -> None:
    volume = sitk.GetImageFromArray(VALUES)
    sitk.WriteImage(sitk.DICOMOrient(volume, "RAI"), str(tmp_path / "a.nrrd"))
    sitk.WriteImage(sitk.DICOMOrient(volume, "SPR"), str(tmp_path / "b.nrrd"))
    for name in ("a", "b"):
        assert np.array_equal(read_pixels(tmp_path / f"{name}.nrrd", 0).values, VALUES[0])


def test_a_flat_image_is_one_slice(tmp_path: Path) -> None:
    sitk.WriteImage(sitk.GetImageFromArray(VALUES[0]), str(tmp_path / "a.mha"))
    assert np.array_equal(read_pixels(tmp_path / "a.mha").values, VALUES[0])


def test_four_dimensions_are_refused(tmp_path: Path) -> None:
    volume = sitk.GetImageFromArray(np.zeros((2, 3, 4, 5), np.int16), isVector=False)
    sitk.WriteImage(volume, str(tmp_path / "a.nii"))
    with pytest.raises(ImageError, match="has 4 dimensions"):
        read_pixels(tmp_path / "a.nii")


@pytest.mark.parametrize("suffix", ["nii", "nrrd", "mha"])
def test_a_truncated_volume_is_told(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"a.{suffix}"
    sitk.WriteImage(sitk.GetImageFromArray(np.zeros((8, 32, 32), np.int16)), str(path))
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(ImageError, match="truncated or damaged"):
        read_pixels(path)
