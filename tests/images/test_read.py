"""One door for every kind of file."""

from __future__ import annotations

import io
import os
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
from PIL import Image

from fpt_core.config import PixelRecipe, WindowChoice
from fpt_core.errors import ImageError
from fpt_core.images import (
    is_dicom,
    is_image_file,
    num_frames,
    open_image,
    read_image,
    read_pixels,
    read_tags,
    read_thumbnail,
)
from tests.images.dicom_files import COLOUR, dicom_file


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    """One file of each kind, by its format; all have several frames where they can."""
    pages = [Image.fromarray(COLOUR), Image.fromarray(255 - COLOUR)]
    for suffix in ("png", "jpg"):
        pages[0].save(tmp_path / f"a.{suffix}")
    pages[0].save(tmp_path / "a.tif", save_all=True, append_images=pages[1:])
    pages[0].save(tmp_path / "a.gif", save_all=True, append_images=pages[1:])
    sitk.WriteImage(
        sitk.GetImageFromArray(np.random.default_rng(0).normal(size=(2, 3, 4))),
        str(tmp_path / "a.nii.gz"),
    )
    np.savez(tmp_path / "a.npz", images=np.stack([COLOUR, 255 - COLOUR]))
    return {
        "PNG": tmp_path / "a.png",
        "JPEG": tmp_path / "a.jpg",
        "TIFF": tmp_path / "a.tif",
        "GIF": tmp_path / "a.gif",
        "DICOM": dicom_file("SC_rgb_rle_2frame.dcm"),
        "NIfTI": tmp_path / "a.nii.gz",
        "NumPy": tmp_path / "a.npz/images",
    }


def test_every_kind_tells_its_format_and_frames(files: dict[str, Path]) -> None:
    for name, path in files.items():
        expected = 1 if name in ("PNG", "JPEG") else 2
        assert is_image_file(path), name
        assert is_dicom(path) == (name == "DICOM")
        assert (read_tags(path) is not None) == (name == "DICOM")
        assert num_frames(path) == expected, name
        with open_image(path) as image:
            assert image.format == name
            assert image.num_frames() == expected
            frames = [image.read(frame) for frame in range(expected)]
            assert (image.tags() is not None) == (name == "DICOM")
        for frame, pixels in enumerate(frames):
            assert pixels.frames == expected
            assert np.array_equal(pixels.values, read_pixels(path, frame).values)
        if expected == 2:
            assert not np.array_equal(*(pixels.values for pixels in frames))
            first, last = (read_thumbnail(path, 4, frame) for frame in (0, 1))
            assert not np.array_equal(first, last)


def test_frames_can_be_read_in_any_order(files: dict[str, Path]) -> None:
    for name in ("TIFF", "GIF", "DICOM", "NIfTI", "NumPy"):
        with open_image(files[name]) as image:
            last, first, again = (image.read(frame).values for frame in (1, 0, 1))
        assert np.array_equal(last, again)
        assert not np.array_equal(last, first)


def test_a_file_that_is_open_is_read_from_what_is_open(tmp_path: Path) -> None:
    Image.fromarray(COLOUR).save(tmp_path / "a.png")
    with open_image(tmp_path / "a.png") as image:
        (tmp_path / "a.png").unlink()
        assert np.array_equal(image.read().values, COLOUR)


def test_compression_is_told() -> None:
    with open_image(dicom_file("SC_rgb_rle.dcm")) as image:
        assert image.compression == "RLE Lossless"


def test_what_is_absent_is_told_by_every_door(tmp_path: Path) -> None:
    for door in (read_image, read_pixels, num_frames, read_tags, lambda p: read_thumbnail(p, 9)):
        with pytest.raises(ImageError, match=r"There is no file a\.png"):
            door(tmp_path / "a.png")
    assert not is_image_file(tmp_path / "a.png")
    assert not is_dicom(tmp_path / "a.png")


def test_a_name_that_lies_is_seen_through(tmp_path: Path) -> None:
    content = io.BytesIO()
    Image.fromarray(COLOUR).save(content, "PNG")
    (tmp_path / "a.jpg").write_bytes(content.getvalue())
    assert np.array_equal(read_image(tmp_path / "a.jpg"), COLOUR)
    (tmp_path / "b.png").write_text("file,label\na,1\n")
    with pytest.raises(ImageError, match=r"b\.png is damaged at its beginning, or is no image"):
        read_image(tmp_path / "b.png")


def test_a_link_in_a_circle_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "a.png").symlink_to(tmp_path / "b.png")
    (tmp_path / "b.png").symlink_to(tmp_path / "a.png")
    assert not is_image_file(tmp_path / "a.png")
    with pytest.raises(ImageError, match=r"no file a\.png"):
        read_image(tmp_path / "a.png")


def test_a_file_that_may_not_be_read_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path, flags: int) -> int:
        raise PermissionError(13, "Permission denied", str(path))

    Image.fromarray(COLOUR).save(tmp_path / "a.png")
    with monkeypatch.context() as patch:
        patch.setattr(os, "open", refuse)
        with pytest.raises(ImageError, match=r"No permission to read a\.png"):
            read_image(tmp_path / "a.png")


def test_a_thumbnail_of_a_jpeg_is_that_of_its_picture(tmp_path: Path) -> None:
    rows, columns = np.mgrid[:300, :400]
    picture = np.stack([rows * 255 // 300, columns * 255 // 400, rows * 0], -1).astype(np.uint8)
    Image.fromarray(picture).save(tmp_path / "a.jpg", quality=95)
    small = read_thumbnail(tmp_path / "a.jpg", 40).astype(int)
    assert small.shape == (30, 40, 3)
    assert np.abs(small - picture[5::10, 5::10]).max() < 8
    windowed = read_thumbnail(tmp_path / "a.jpg", 40, recipe=PixelRecipe((WindowChoice(1, 2),)))
    assert np.abs(windowed.astype(int) - small).max() < 8  # colour has no windows
