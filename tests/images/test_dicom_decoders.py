"""JPEG within DICOM: lossless to the last bit, colour as it is stored."""

from __future__ import annotations

from pathlib import Path

import imagecodecs
import numpy as np
import pydicom
import pytest
from pydicom.encaps import encapsulate
from pydicom.uid import (
    HTJ2K,
    UID,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)

from fpt_core.images import read_pixels
from fpt_core.images.dicom_decoders import decoder_of, is_available
from tests.images.dicom_files import COLOUR, dicom_file, write_dicom

_GREY_12 = (np.arange(64 * 48).reshape(64, 48) * 7 % 4096).astype(np.uint16)


def _compressed(path: Path, pixels: np.ndarray, stream: bytes, syntax: UID) -> Path:
    dataset = pydicom.dcmread(write_dicom(path, pixels))
    dataset.PixelData = encapsulate([stream])
    dataset["PixelData"].is_undefined_length = True
    dataset.file_meta.TransferSyntaxUID = syntax
    dataset.save_as(path)
    return path


@pytest.mark.parametrize("syntax", [JPEGLossless, JPEGLosslessSV1])
@pytest.mark.parametrize("pixels", [_GREY_12, (_GREY_12 % 256).astype(np.uint8)])
def test_lossless_jpeg_gives_the_same_values(
    syntax: UID, pixels: np.ndarray, tmp_path: Path
) -> None:
    bits = 16 if pixels.itemsize == 2 else 8
    stream = imagecodecs.jpeg8_encode(pixels, lossless=True, bitspersample=bits)
    path = _compressed(tmp_path / "a.dcm", pixels, stream, syntax)
    assert np.array_equal(read_pixels(path).values, pixels)


@pytest.mark.parametrize("pixels", [_GREY_12, np.tile(COLOUR, (8, 8, 1))])
def test_lossless_jpeg_ls_gives_the_same_values(pixels: np.ndarray, tmp_path: Path) -> None:
    stream = imagecodecs.jpegls_encode(pixels)
    path = _compressed(tmp_path / "a.dcm", pixels, stream, JPEGLSLossless)
    assert np.array_equal(read_pixels(path).values, pixels)


@pytest.mark.parametrize(
    ("name", "first"),
    [
        # A stream that says nothing of its colours, and one that says they are red, green, blue.
        ("SC_jpeg_no_color_transform.dcm", (244, 244, 244)),
        ("SC_jpeg_no_color_transform_2.dcm", (244, 246, 246)),
        # Red, stored as luminance and chrominance, and stored as it is.
        ("SC_rgb_jpeg_dcmtk.dcm", (254, 0, 0)),
        ("SC_rgb_jpeg_gdcm.dcm", (255, 0, 0)),
    ],
)
def test_colours_are_what_the_header_says(name: str, first: tuple[int, int, int]) -> None:
    assert tuple(read_pixels(dicom_file(name)).values[0, 0]) == first


def test_twelve_bits_that_lose_detail_are_read() -> None:
    values = read_pixels(dicom_file("JPGExtended.dcm")).values
    assert values.dtype == np.uint16
    assert 255 < values.max() < 4096


@pytest.mark.parametrize(
    ("syntax", "plugin"),
    [(JPEGBaseline8Bit, "imagecodecs"), (RLELossless, "pydicom"), (HTJ2K, "")],
)
def test_what_else_is_installed_does_not_choose_the_decoder(syntax: UID, plugin: str) -> None:
    decoder, chosen = decoder_of(syntax)
    assert chosen == plugin
    assert not plugin or plugin in decoder.available_plugins


def test_it_names_what_it_reads() -> None:
    assert is_available(JPEGExtended12Bit)
    assert not is_available(HTJ2K)
