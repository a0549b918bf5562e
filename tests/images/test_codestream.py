from __future__ import annotations

from pathlib import Path

import pydicom
import pytest
from pydicom.encaps import get_frame

from fpt_core.errors import ImageError
from fpt_core.images import read_image
from fpt_core.images.codestream import check_codestream
from tests.images.dicom_files import dicom_file

FILES = [
    "JPEG2000.dcm",
    "MR_small_jp2klossless.dcm",
    "MR_small_jpeg_ls_lossless.dcm",
    "SC_rgb_jls_lossy_line.dcm",
    "SC_rgb_jpeg_dcmtk.dcm",
    "JPGExtended.dcm",
]


@pytest.mark.parametrize("name", FILES)
def test_the_size_in_the_stream_is_found(name: str) -> None:
    dataset = pydicom.dcmread(dicom_file(name))
    stream = get_frame(dataset.PixelData, 0, number_of_frames=1)
    check_codestream(stream, name, dataset.Rows, dataset.Columns)
    with pytest.raises(ImageError, match=rf"its compressed image {dataset.Columns} x"):
        check_codestream(stream, name, dataset.Rows + 1, dataset.Columns)


@pytest.mark.parametrize("name", FILES)
def test_an_absurd_size_is_refused_before_memory_is_asked_for(name: str, tmp_path: Path) -> None:
    content = bytearray(dicom_file(name).read_bytes())
    pixels = content.rindex(b"\xe0\x7f\x10\x00")
    start = content.find(b"\xff\x4f\xff\x51", pixels)
    if start >= 0:
        content[start + 8 : start + 16] = (60_000).to_bytes(4, "big") * 2
    else:
        start = min(
            at
            for marker in (b"\xff\xc0", b"\xff\xc1", b"\xff\xf7")
            if (at := content.find(marker, pixels)) >= 0
        )
        content[start + 5 : start + 9] = (60_000).to_bytes(2, "big") * 2
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ImageError, match="its compressed image 60000 x 60000"):
        read_image(tmp_path / name)


def test_damage_before_the_size_does_not_hide_it() -> None:
    dataset = pydicom.dcmread(dicom_file("SC_rgb_jpeg_dcmtk.dcm"))
    stream = get_frame(dataset.PixelData, 0, number_of_frames=1)
    with pytest.raises(ImageError, match="its compressed image 100 x 100"):
        check_codestream(stream[:2] + b"noise" + stream[2:], "a.dcm", 50, 100)


@pytest.mark.parametrize(
    "stream",
    [
        b"",
        b"\xff\xd8",
        b"\xff\xd8\xff",
        b"\x01\0\0\0 run lengths that look like \xff\xc0\0\x0b\x08\x75\x30\x75\x30\x01 a JPEG's",
        b"\x01\0\0\0 or like \xff\x4f\xff\x51" + bytes(60),
    ],
)
def test_a_stream_without_a_size_is_left_to_its_decoder(stream: bytes) -> None:
    check_codestream(stream, "a.dcm", 10, 10)
