"""Files as they come: without preamble, deflated, in every transfer syntax, of any size."""

from __future__ import annotations

import base64
import zlib
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.encaps import encapsulate
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    HTJ2KLossless,
    HTJ2KLosslessRPCL,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    RLELossless,
)

from fpt_core.errors import ImageError
from fpt_core.images import dicom, dicom_dataset, is_image_file, read_image, read_pixels, read_tags
from tests.images.dicom_files import COLOUR, GREY, dicom_file, resaved, write_dicom

HTJ2K_16_BY_16 = base64.b64decode(
    "/0//UQApQAAAAAAQAAAAEAAAAAAAAAAAAAAAEAAAABAAAAAAAAAAAAABDwEB/1AACAACAAAACv9SAAwAAgABAAUEBEAB"
    "/1wAEyCIkJCQkJCQkJCQkJCQiIiI/2QAFwABT3BlbkpQSCBWZXIgMC4yNi4zLv+QAAoAAAAAAH0AAf+TwAAmGfgFB3QA"
    "AMAAEsAAEwDsAQd0ANj+Awd0AMAAE0AAE4A0/QCCdABoR/sAo1QAwAAVEAAFWBhj/KpwAnUApps2bfrAQgHstgDAACsg"
    "ABaQiIiIiOfAp6enwngAnj09PT09PT39jGB79jGB7LoA/9k="
)
"""Written by OpenJPH from the values that the test computes."""


@pytest.mark.parametrize("syntax", [HTJ2KLossless, HTJ2KLosslessRPCL])
def test_high_throughput_jpeg_2000(syntax: pydicom.uid.UID, tmp_path: Path) -> None:
    values = (np.arange(256).reshape(16, 16) * 13 % 4096).astype(np.uint16)
    path = write_dicom(tmp_path / "a.dcm", values)
    dataset = pydicom.dcmread(path)
    dataset.PixelData = encapsulate([HTJ2K_16_BY_16])
    dataset["PixelData"].is_undefined_length = True
    dataset.file_meta.TransferSyntaxUID = syntax
    dataset.save_as(path)
    assert np.array_equal(read_pixels(path).values, values)


@pytest.mark.parametrize("pixels", [GREY, COLOUR])
@pytest.mark.parametrize(
    "syntax",
    [
        ImplicitVRLittleEndian,
        ExplicitVRLittleEndian,
        ExplicitVRBigEndian,
        DeflatedExplicitVRLittleEndian,
        RLELossless,
        JPEG2000Lossless,
    ],
)
@pytest.mark.filterwarnings("ignore:.*Explicit VR Big Endian")
def test_lossless_syntaxes_give_the_same_values(
    syntax: pydicom.uid.UID, pixels: np.ndarray, tmp_path: Path
) -> None:
    pixels = np.tile(pixels, (8, 8, *[1] * (pixels.ndim - 2)))
    plain = write_dicom(tmp_path / "plain.dcm", pixels)
    if syntax == ExplicitVRBigEndian and pixels.itemsize == 2:
        other = write_dicom(tmp_path / "a.dcm", pixels, PixelData=pixels.byteswap().tobytes())
        resaved(other, other, syntax)
    else:
        other = resaved(plain, tmp_path / "a.dcm", syntax)
    assert np.array_equal(read_pixels(other).values, pixels)


@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, ExplicitVRLittleEndian])
@pytest.mark.parametrize("name", ["a.dcm", "IM0001"])
def test_a_file_without_preamble_is_read(
    syntax: pydicom.uid.UID, name: str, tmp_path: Path
) -> None:
    source = resaved(dicom_file("CT_small.dcm"), tmp_path / "whole.dcm", syntax)
    dataset = pydicom.dcmread(source)
    bare = tmp_path / name
    with bare.open("wb") as file:
        pydicom.dcmwrite(
            file,
            pydicom.Dataset(dataset),
            implicit_vr=syntax.is_implicit_VR,
            little_endian=True,
            enforce_file_format=False,
        )
    assert bare.read_bytes()[:2] == b"\x08\x00"
    assert is_image_file(bare)
    assert np.array_equal(read_pixels(bare).values, read_pixels(source).values)
    assert read_pixels(bare).unit == "HU"
    tags = read_tags(bare)
    assert tags is not None
    assert tags.transfer_syntax == syntax.name


@pytest.mark.parametrize("meta", ["whole", "without syntax"])
def test_a_file_without_preamble_but_with_meta_is_read(meta: str, tmp_path: Path) -> None:
    content = dicom_file("CT_small.dcm").read_bytes()[132:]
    if meta == "without syntax":
        at = content.index(b"\x02\x00\x10\x00UI")
        length = int.from_bytes(content[at + 6 : at + 8], "little")
        content = content[:at] + content[at + 8 + length :]
        content = (
            content[:8]
            + (int.from_bytes(content[8:12], "little") - 8 - length).to_bytes(4, "little")
            + content[12:]
        )
    (tmp_path / "a.dcm").write_bytes(content)
    plain = read_pixels(dicom_file("CT_small.dcm"))
    assert np.array_equal(read_pixels(tmp_path / "a.dcm").values, plain.values)


def test_a_text_with_dicoms_suffix_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.dcm").write_text("patient,label\n1,sick\n" * 20)
    with pytest.raises(ImageError, match=r"a\.dcm is no DICOM file"):
        read_pixels(tmp_path / "a.dcm")


def test_a_directory_of_a_disc_is_told() -> None:
    path = next(Path(pydicom.__file__).parent.rglob("dicomdirtests/DICOMDIR"))
    with pytest.raises(ImageError, match="DICOMDIR is the table of contents of a disc"):
        read_pixels(path)


def test_an_unknown_transfer_syntax_is_told(tmp_path: Path) -> None:
    path = write_dicom(tmp_path / "a.dcm", GREY)
    dataset = pydicom.dcmread(path)
    dataset.file_meta.TransferSyntaxUID = pydicom.uid.MPEG2MPML
    dataset.PixelData = encapsulate([b"\0\0\1\xb3" * 8])
    dataset["PixelData"].is_undefined_length = True
    dataset.save_as(path)
    with pytest.raises(ImageError, match=r"compressed as MPEG2 .*, which cannot be decoded"):
        read_pixels(path)


def test_a_deflated_bomb_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = dicom_file("image_dfl.dcm")
    assert read_image(path).shape == (512, 512, 3)
    monkeypatch.setattr(dicom_dataset, "_MAX_INFLATED_BYTES", 2**17)
    for read in (read_image, read_tags):
        with pytest.raises(ImageError, match=r"image_dfl\.dcm would unpack to more than"):
            read(path)
    content = path.read_bytes()
    start = 144 + int.from_bytes(content[140:144], "little")
    squeezer = zlib.compressobj(9, wbits=-15)
    bomb = squeezer.compress(bytes(2**22)) + squeezer.flush()
    (tmp_path / "bomb.dcm").write_bytes(content[:start] + bomb)
    with pytest.raises(ImageError, match="would unpack"):
        read_image(tmp_path / "bomb.dcm")


@pytest.mark.parametrize(
    "name",
    [
        "SC_rgb_rle_2frame.dcm",
        "rtdose.dcm",
        "rtdose_rle.dcm",
        "rtdose_expb.dcm",
        "examples_ybr_color.dcm",
        "JPEG2000.dcm",
        "SC_rgb_jpeg_dcmtk.dcm",
        "MR_small_implicit.dcm",
        "image_dfl.dcm",
        "examples_palette.dcm",
    ],
)
def test_frames_of_a_large_file_are_read_one_by_one(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = dicom_file(name)
    frames = range(0, read_pixels(path).frames, 7)
    whole = [read_pixels(path, frame) for frame in frames]
    monkeypatch.setattr(dicom, "_LARGE_BYTES", 0)
    for frame, expected in zip(frames, whole, strict=True):
        pixels = read_pixels(path, frame)
        assert np.array_equal(pixels.values, expected.values)
        assert pixels.frames == expected.frames


def test_a_large_file_without_pixels_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dicom, "_LARGE_BYTES", 0)
    for name in ("rtplan.dcm", "ExplVR_LitEndNoMeta.dcm"):
        with pytest.raises(ImageError, match="holds no pixels"):
            read_pixels(dicom_file(name))
