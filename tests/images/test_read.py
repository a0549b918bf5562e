"""Every kind of file: an array or a refusal in words."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pydicom
import pytest
import SimpleITK as sitk
from PIL import Image

from fpt_core.config import PixelRecipe, WindowChoice
from fpt_core.errors import FptError, ImageError
from fpt_core.images import is_image_file, read_image, read_pixels, read_thumbnail

_PYDICOM_FILES = Path(pydicom.__file__).parent / "data" / "test_files"
_LOSSLESS = ("BigEndian", "Deflated", "JPEG2000Lossless", "JPEGLSLossless", "Process14", "RLE")
_MUTATIONS = 60


def _dicom(name: str) -> Path:
    return next(_PYDICOM_FILES.rglob(name))


def test_exif_rotated_image_stands_upright(tmp_path: Path) -> None:
    picture = Image.new("RGB", (40, 20))
    exif = picture.getexif()
    exif[0x0112] = 6
    picture.save(tmp_path / "turned.jpg", exif=exif)
    assert read_image(tmp_path / "turned.jpg").shape == (40, 20, 3)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK"])
def test_every_mode_becomes_rgb(tmp_path: Path, mode: str) -> None:
    path = tmp_path / "image.tif"
    suffix = {"LA": ".png", "P": ".png", "1": ".png"}.get(mode, ".tif")
    Image.new(mode, (9, 5)).save(path.with_suffix(suffix))
    image = read_image(path.with_suffix(suffix))
    assert image.shape == (5, 9, 3)
    assert image.dtype == np.uint8


def test_transparent_pixels_are_black(tmp_path: Path) -> None:
    Image.new("RGBA", (4, 4), (255, 255, 255, 0)).save(tmp_path / "clear.png")
    assert read_image(tmp_path / "clear.png").max() == 0


def test_sixteen_bits_are_not_shown_black(tmp_path: Path) -> None:
    values = np.linspace(0, 900, 10_000).reshape(100, 100).astype(np.uint16)
    Image.fromarray(values).save(tmp_path / "deep.png")
    assert np.array_equal(read_pixels(tmp_path / "deep.png").values, values)
    image = read_image(tmp_path / "deep.png")
    assert image.min() == 0
    assert image.max() == 255


def test_float_image_keeps_its_values(tmp_path: Path) -> None:
    values = np.linspace(-1, 1, 64, dtype=np.float32).reshape(8, 8)
    Image.fromarray(values).save(tmp_path / "float.tif")
    assert np.array_equal(read_pixels(tmp_path / "float.tif").values, values)


@pytest.mark.parametrize("content", [b"", b"no image", b"\x89PNG\r\n\x1a\n" + bytes(20)])
def test_what_is_no_image_is_refused_in_words(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "bad.png").write_bytes(content)
    with pytest.raises(ImageError, match=r"bad\.png"):
        read_image(tmp_path / "bad.png")


def test_truncated_image_is_refused(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (64, 64, 3), dtype=np.uint8)
    Image.fromarray(noise).save(tmp_path / "whole.png")
    content = (tmp_path / "whole.png").read_bytes()
    (tmp_path / "cut.png").write_bytes(content[: len(content) // 2])
    with pytest.raises(ImageError, match="truncated"):
        read_image(tmp_path / "cut.png")


def test_absent_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match="absent"):
        read_image(tmp_path / "absent.png")


def test_monochrome1_is_inverted() -> None:
    dataset = pydicom.dcmread(_dicom("CT_small.dcm"))
    assert not read_pixels(_dicom("CT_small.dcm")).inverted
    assert dataset.PhotometricInterpretation == "MONOCHROME2"


def test_inverted_dicom_swaps_bright_and_dark(tmp_path: Path) -> None:
    dataset = pydicom.dcmread(_dicom("CT_small.dcm"))
    dataset.PhotometricInterpretation = "MONOCHROME1"
    dataset.save_as(tmp_path / "inverse.dcm")
    recipe = PixelRecipe(windows=(WindowChoice(40, 400),))
    plain = read_image(_dicom("CT_small.dcm"), recipe).astype(int)
    inverse = read_image(tmp_path / "inverse.dcm", recipe).astype(int)
    assert np.array_equal(plain + inverse, np.full_like(plain, 255))


def test_ct_is_in_hounsfield_units() -> None:
    dataset = pydicom.dcmread(_dicom("CT_small.dcm"))
    pixels = read_pixels(_dicom("CT_small.dcm"))
    expected = dataset.pixel_array * dataset.RescaleSlope + dataset.RescaleIntercept
    assert pixels.unit == "HU"
    assert np.array_equal(pixels.values, expected)


def test_frames_of_a_multi_frame_file_differ() -> None:
    path = _dicom("rtdose.dcm")
    first, last = read_pixels(path, 0), read_pixels(path, 14)
    assert first.frames == 15
    assert not np.array_equal(first.values, last.values)
    with pytest.raises(ImageError, match="no frame 15"):
        read_pixels(path, 15)


def test_every_test_file_of_pydicom_is_read_or_refused() -> None:
    read = refused = 0
    for path in sorted(_PYDICOM_FILES.rglob("*")):
        if not path.is_file() or path.stat().st_size > 2_000_000:
            continue
        try:
            image = read_image(path)
        except FptError as error:
            assert path.name in str(error)
            refused += 1
        else:
            assert image.ndim == 3
            read += 1
    assert read >= 50
    assert refused >= 10


def test_mutated_files_give_an_array_or_a_refusal(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    names = ("CT_small.dcm", "JPEG2000.dcm", "SC_rgb_rle.dcm", "examples_palette.dcm")
    files = [_dicom(name) for name in names if list(_PYDICOM_FILES.rglob(name))]
    assert files
    for number in range(_MUTATIONS):
        content = bytearray(files[number % len(files)].read_bytes())
        for position in rng.integers(132, len(content), 12):
            content[position] = rng.integers(256)
        mutated = tmp_path / "mutated.dcm"
        mutated.write_bytes(content[: rng.integers(len(content) // 2, len(content))])
        try:
            assert read_image(mutated).ndim == 3
        except FptError:
            continue


def test_volume_slices_are_axial_frames(tmp_path: Path) -> None:
    values = np.arange(2 * 3 * 4, dtype=np.int16).reshape(2, 3, 4)
    volume = sitk.GetImageFromArray(values)
    volume.SetSpacing((0.5, 0.7, 3.0))
    sitk.WriteImage(volume, str(tmp_path / "volume.nii.gz"))
    pixels = read_pixels(tmp_path / "volume.nii.gz", 1)
    assert pixels.frames == 2
    assert np.array_equal(pixels.values, values[1])
    assert pixels.spacing_mm == pytest.approx((0.7, 0.5))


def test_fundus_crop_finds_the_disc(tmp_path: Path) -> None:
    y, x = np.mgrid[0:60, 0:100]
    disc = (np.hypot(x - 50, y - 30) < 25).astype(np.uint8) * 200
    Image.fromarray(disc).convert("RGB").save(tmp_path / "fundus.png")
    cropped = read_image(tmp_path / "fundus.png", PixelRecipe(fundus_crop=True))
    assert abs(cropped.shape[0] - 50) <= 2
    assert abs(cropped.shape[1] - 50) <= 2


def test_thumbnail_is_small_and_keeps_proportions() -> None:
    assert max(read_thumbnail(_dicom("CT_small.dcm"), 32).shape[:2]) == 32


def test_dicom_is_known_without_its_suffix(tmp_path: Path) -> None:
    target = tmp_path / "IM0001"
    target.write_bytes(_dicom("CT_small.dcm").read_bytes())
    assert is_image_file(target)
    assert read_pixels(target).unit == "HU"


def test_lossless_syntaxes_of_one_slice_are_equal(shared_data: Path) -> None:
    reference = read_pixels(shared_data / "dicom" / "CTImage.dcm").values
    files = [
        path
        for path in sorted((shared_data / "dicom").glob("CTImage.dcm_*"))
        if any(name in path.name for name in _LOSSLESS)
    ]
    assert len(files) >= 8
    for path in files:
        assert np.array_equal(read_pixels(path).values, reference), path.name


def test_every_shared_dicom_file_is_read_or_refused(shared_data: Path) -> None:
    outcomes = []
    for path in sorted((shared_data / "dicom").glob("*.dcm")):
        try:
            outcomes.append(read_image(path).ndim == 3)
        except ImageError as error:
            assert path.name in str(error)
    assert len(outcomes) >= 25
    assert all(outcomes)
