from __future__ import annotations

import threading
import zipfile
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from fpt_core.config import PixelRecipe, VolumeAxis
from fpt_core.errors import ImageError
from fpt_core.images import is_image_file, num_frames, open_image, read_image, read_pixels, volume

VALUES = np.arange(60, dtype=np.int16).reshape(3, 4, 5) * 10 - 200
"""Along z (feet to head), y (front to back) and x (right to left)."""
SPACING = (0.5, 0.75, 3.0)
SUFFIXES = ["nii", "nii.gz", "nrrd", "mha"]


def _volume() -> sitk.Image:
    image = sitk.GetImageFromArray(VALUES)
    image.SetSpacing(SPACING)
    return image


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_slices_are_frames(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"a.{suffix}"
    sitk.WriteImage(_volume(), str(path))
    assert is_image_file(path)
    pixels = read_pixels(path, 1)
    assert np.array_equal(pixels.values, VALUES[1])
    assert pixels.frames == 3
    assert pixels.spacing_mm == pytest.approx((0.75, 0.5))
    assert read_image(path, frame=2).shape == (4, 5, 3)
    with pytest.raises(ImageError, match="3 slices; there is no slice 3"):
        read_pixels(path, 3)


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("orientation", ["LPS", "RAS", "RAI", "SPR", "PIR", "ASL", "ILA"])
@pytest.mark.parametrize(
    ("axis", "frames", "frame", "expected", "spacing"),
    [
        ("axial", 3, 2, VALUES[2], (0.75, 0.5)),
        ("coronal", 4, 1, VALUES[::-1, 1], (3.0, 0.5)),
        ("sagittal", 5, 4, VALUES[::-1, :, 4], (3.0, 0.75)),
    ],
)
def test_every_orientation_is_cut_as_a_reader_expects(
    axis: VolumeAxis,
    frames: int,
    frame: int,
    expected: np.ndarray,
    spacing: tuple[float, float],
    orientation: str,
    suffix: str,
    tmp_path: Path,
) -> None:
    path = tmp_path / f"a.{suffix}"
    sitk.WriteImage(sitk.DICOMOrient(_volume(), orientation), str(path))
    assert num_frames(path, axis) == frames
    pixels = read_pixels(path, frame, axis)
    assert np.array_equal(pixels.values, expected)
    assert pixels.spacing_mm == pytest.approx(spacing)
    assert pixels.frames == frames
    recipe = PixelRecipe(volume_axis=axis)
    assert read_image(path, recipe, frame).shape == (*expected.shape, 3)


def test_a_header_written_by_hand_in_another_space(tmp_path: Path) -> None:
    """Right, anterior, superior: x and y of DICOM run against the file's."""
    header = (
        "NRRD0004\ntype: short\ndimension: 3\nspace: right-anterior-superior\nsizes: 5 4 3\n"
        "space directions: (0.5,0,0) (0,0.75,0) (0,0,3)\nendian: little\nencoding: raw\n\n"
    )
    (tmp_path / "a.nrrd").write_bytes(header.encode() + VALUES.astype("<i2").tobytes())
    assert np.array_equal(read_pixels(tmp_path / "a.nrrd", 1).values, VALUES[1, ::-1, ::-1])
    sagittal = read_pixels(tmp_path / "a.nrrd", 0, "sagittal")
    assert np.array_equal(sagittal.values, VALUES[::-1, ::-1, 4])
    assert sagittal.spacing_mm == pytest.approx((3, 0.75))


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_an_oblique_volume_is_cut_along_its_nearest_axes(axis: int, tmp_path: Path) -> None:
    turned = sitk.Euler3DTransform()
    turned.SetRotation(*(np.deg2rad(25) if number == axis else 0 for number in range(3)))
    image = _volume()
    image.SetDirection(turned.GetMatrix())
    sitk.WriteImage(image, str(tmp_path / "a.nrrd"))
    assert np.array_equal(read_pixels(tmp_path / "a.nrrd", 2).values, VALUES[2])
    flipped = sitk.Flip(image, (True, False, True))
    sitk.WriteImage(flipped, str(tmp_path / "b.nrrd"))
    for frame, plane in ((0, "axial"), (3, "coronal"), (2, "sagittal")):
        pixels, original = (
            read_pixels(tmp_path / name, frame, plane) for name in ("b.nrrd", "a.nrrd")
        )
        assert np.array_equal(pixels.values, original.values)


def test_a_point_is_where_the_patient_has_it(tmp_path: Path) -> None:
    """A mark at the left, the back and the head of a volume that is stored in any order."""
    image = sitk.DICOMOrient(_volume() * 0, "PIR")
    index = image.TransformPhysicalPointToIndex((4 * 0.5, 3 * 0.75, 2 * 3.0))
    image[index] = 99
    sitk.WriteImage(image, str(tmp_path / "a.nii.gz"))
    for axis, frame, place in (
        ("axial", 2, (3, 4)),
        ("coronal", 3, (0, 4)),
        ("sagittal", 4, (0, 3)),
    ):
        values = read_pixels(tmp_path / "a.nii.gz", frame, axis).values
        assert np.argwhere(values == 99).tolist() == [list(place)]


def test_a_flat_image_is_one_slice(tmp_path: Path) -> None:
    sitk.WriteImage(sitk.GetImageFromArray(VALUES[0]), str(tmp_path / "a.mha"))
    assert np.array_equal(read_pixels(tmp_path / "a.mha").values, VALUES[0])
    assert num_frames(tmp_path / "a.mha") == 1


def test_other_dimensions_and_vectors_are_refused(tmp_path: Path) -> None:
    series = sitk.GetImageFromArray(np.zeros((2, 3, 4, 5), np.int16), isVector=False)
    sitk.WriteImage(series, str(tmp_path / "a.nii"))
    with pytest.raises(ImageError, match="has 4 dimensions"):
        read_pixels(tmp_path / "a.nii")
    vectors = sitk.GetImageFromArray(np.zeros((3, 4, 5, 2), np.float32), isVector=True)
    sitk.WriteImage(vectors, str(tmp_path / "b.nrrd"))
    with pytest.raises(ImageError, match="2 values per voxel"):
        num_frames(tmp_path / "b.nrrd")


@pytest.mark.parametrize("suffix", ["nii", "nrrd", "mha"])
def test_a_truncated_volume_is_told(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"a.{suffix}"
    sitk.WriteImage(sitk.GetImageFromArray(np.zeros((8, 32, 32), np.int16)), str(path))
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(ImageError, match="truncated or damaged"):
        read_pixels(path)


def test_the_header_counts_slices_without_voxels(tmp_path: Path) -> None:
    sitk.WriteImage(_volume(), str(tmp_path / "a.mha"))
    content = (tmp_path / "a.mha").read_bytes()
    (tmp_path / "a.mha").write_bytes(content[: content.index(b"LOCAL") + 6])
    assert num_frames(tmp_path / "a.mha", "coronal") == 4
    with pytest.raises(ImageError, match="truncated or damaged"):
        read_pixels(tmp_path / "a.mha")


def test_a_volume_is_unpacked_once_for_all_its_slices(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.nii.gz"
    sitk.WriteImage(_volume(), str(path))
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as zipped:
        zipped.write(path, "sub/a.nii.gz")
    read = []
    original = volume._oriented
    monkeypatch.setattr(
        volume, "_oriented", lambda path, name: (read.append(name), original(path, name))[1]
    )
    for place in (path, tmp_path / "a.zip/sub/a.nii.gz"):
        threads = [
            threading.Thread(target=read_pixels, args=(place, frame), daemon=True)
            for frame in range(3)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert np.array_equal(read_pixels(place, 2, "coronal").values, VALUES[::-1, 2])
    assert read == ["a.nii.gz", "a.nii.gz"]


def test_a_changed_volume_is_read_anew(tmp_path: Path) -> None:
    for values in (VALUES, VALUES[:2] + 7):
        sitk.WriteImage(sitk.GetImageFromArray(values), str(tmp_path / "a.mha"))
        with open_image(tmp_path / "a.mha") as image:
            assert image.format == "MetaImage"
            assert np.array_equal(image.read(1).values, values[1])


def test_what_was_read_cannot_be_spoilt_by_its_reader(tmp_path: Path) -> None:
    sitk.WriteImage(_volume(), str(tmp_path / "a.mha"))
    read_pixels(tmp_path / "a.mha").values[:] = 0  # type: ignore[index]
    assert np.array_equal(read_pixels(tmp_path / "a.mha").values, VALUES[0])
