from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from pydicom.data import get_testdata_file
from pydicom.dataset import FileDataset

from fpt_core.config import PixelRecipe, WindowChoice
from fpt_core.errors import ImageError
from fpt_core.images import (
    Window,
    apply_recipe,
    is_image_file,
    read_image,
    read_pixels,
    read_tags,
    read_thumbnail,
)


def _file(name: str) -> Path:
    found = get_testdata_file(name, download=False)
    assert isinstance(found, str)
    return Path(found)


@pytest.fixture
def edited(tmp_path: Path) -> Callable[..., Path]:
    """Writes pydicom's small CT slice with other attributes; ``None`` removes one."""

    def write(**changes: Any) -> Path:
        dataset = pydicom.dcmread(_file("CT_small.dcm"))
        for name, value in changes.items():
            if value is None:
                if name in dataset:
                    delattr(dataset, name)
            else:
                setattr(dataset, name, value)
        dataset.save_as(tmp_path / "edited.dcm")
        return tmp_path / "edited.dcm"

    return write


Edited = Callable[..., Path]


@pytest.mark.parametrize(
    "name",
    [
        "CT_small.dcm",
        "ExplVR_BigEnd.dcm",
        "JPEG2000.dcm",
        "MR_small_RLE.dcm",
        "MR_small_jp2klossless.dcm",
        "MR_small_jpeg_ls_lossless.dcm",
        "JPGExtended.dcm",
        "image_dfl.dcm",
        "liver_1frame.dcm",
        "SC_rgb_jpeg_dcmtk.dcm",
        "SC_ybr_full_422_uncompressed.dcm",
        "examples_palette.dcm",
        "rtdose_1frame.dcm",
    ],
)
def test_images_of_every_kind_are_read(name: str) -> None:
    assert read_image(_file(name)).std() > 0


@pytest.mark.parametrize("name", ["MR_small_RLE", "MR_small_jp2klossless", "MR_small_bigendian"])
def test_lossless_transfer_syntaxes_give_the_same_values(name: str) -> None:
    plain = read_pixels(_file("MR_small.dcm")).values
    assert np.array_equal(read_pixels(_file(f"{name}.dcm")).values, plain)


def test_values_are_in_rescaled_units() -> None:
    dataset = pydicom.dcmread(_file("CT_small.dcm"))
    pixels = read_pixels(_file("CT_small.dcm"))
    expected = dataset.pixel_array * dataset.RescaleSlope + dataset.RescaleIntercept
    assert np.array_equal(pixels.values, expected)
    assert pixels.unit == "HU"
    assert pixels.spacing_mm == tuple(dataset.PixelSpacing)


def test_the_files_first_window_is_used(edited: Edited) -> None:
    path = edited(WindowCenter=["40", "500"], WindowWidth=["400", "2000"])
    pixels = read_pixels(path)
    assert pixels.window == Window(40, 400)
    grey = read_image(path)[..., 0]
    assert (grey[pixels.values >= 240] == 255).all()
    assert (grey[pixels.values <= -161] == 0).all()


def test_the_recipes_window_comes_first(edited: Edited) -> None:
    path = edited(WindowCenter=40, WindowWidth=400)
    rgb, box = apply_recipe(read_pixels(path), PixelRecipe(windows=(WindowChoice(0, 2),)))
    assert set(np.unique(rgb)) <= {0, 128, 255}
    assert box == (0, 0, 128, 128)


@pytest.mark.parametrize("width", [None, 0, "-5"])
def test_a_window_that_cannot_be_used_is_replaced(width: object, edited: Edited) -> None:
    path = edited(WindowCenter=40, WindowWidth=width)
    assert read_pixels(path).window is None
    assert read_image(path).std() > 20


def test_monochrome1_is_shown_inverted(edited: Edited) -> None:
    window = {"WindowCenter": 40, "WindowWidth": 400}
    plain = read_image(edited(**window))
    inverted = edited(**window, PhotometricInterpretation="MONOCHROME1")
    assert read_pixels(inverted).inverted
    assert np.array_equal(read_image(inverted), 255 - plain)


def test_frames_are_read_one_by_one() -> None:
    path = _file("SC_rgb_rle_2frame.dcm")
    first, second = read_pixels(path, 0), read_pixels(path, 1)
    assert first.frames == 2
    assert first.is_colour
    assert not np.array_equal(first.values, second.values)
    with pytest.raises(ImageError, match="has 2 frames; there is no frame 2"):
        read_pixels(path, 2)


def test_a_thumbnail_of_dicom_is_windowed() -> None:
    path = _file("CT_small.dcm")
    assert read_thumbnail(path, 32).shape == (32, 32, 3)
    assert np.array_equal(read_thumbnail(path, 128), read_image(path))


def test_a_file_without_pixels_is_told_with_its_modality() -> None:
    with pytest.raises(ImageError, match=r"rtplan\.dcm holds no pixels \(modality RTPLAN\)"):
        read_image(_file("rtplan.dcm"))


def test_a_size_that_cannot_be_true_is_refused(edited: Edited) -> None:
    with pytest.raises(ImageError, match="claims 65535 x 65535 pixels"):
        read_image(edited(Rows=65535, Columns=65535))


def test_dicom_is_recognised_without_a_suffix(tmp_path: Path) -> None:
    path = tmp_path / "IM0001"
    path.write_bytes(_file("CT_small.dcm").read_bytes())
    assert is_image_file(path)
    assert read_image(path).shape == (128, 128, 3)
    (tmp_path / "notes").write_text("none")
    assert not is_image_file(tmp_path / "notes")
    assert not is_image_file(tmp_path)


def test_the_patient_id_is_found_where_there_is_one(edited: Edited, tmp_path: Path) -> None:
    for kept, expected in ((" P7 ", "P7"), ("", ""), (None, "")):
        tags = read_tags(edited(PatientID=kept))
        assert tags is not None
        assert tags.patient_id == expected
    (tmp_path / "a.txt").write_text("none")
    assert read_tags(tmp_path / "a.txt") is None


def test_reading_warns_of_nothing(recwarn: pytest.WarningsRecorder) -> None:
    for name in ("badVR.dcm", "MR_truncated.dcm", "J2K_pixelrep_mismatch.dcm"):
        with contextlib.suppress(ImageError):
            read_image(_file(name))
    assert [str(warning.message) for warning in recwarn] == []


def test_a_dataset_written_by_hand_is_read(tmp_path: Path) -> None:
    meta = pydicom.dataset.FileMetaDataset()
    meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID = pydicom.uid.SecondaryCaptureImageStorage
    meta.MediaStorageSOPInstanceUID = "1.2.3"
    dataset = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    dataset.SOPClassUID, dataset.SOPInstanceUID = meta.MediaStorageSOPClassUID, "1.2.3"
    dataset.Rows = dataset.Columns = 4
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.BitsAllocated = dataset.BitsStored = 16
    dataset.HighBit, dataset.PixelRepresentation = 15, 0
    values = np.arange(16, dtype="<u2").reshape(4, 4)
    dataset.PixelData = values.tobytes()
    dataset.save_as(tmp_path / "a.dcm")
    assert np.array_equal(read_pixels(tmp_path / "a.dcm").values, values)
