from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fpt_core.images import is_image_file, read_image
from fpt_core.images.kind import begins_with_element, has_image_suffix, kind_of
from tests.images.dicom_files import COLOUR, dicom_file


@pytest.mark.parametrize("stored", ["PNG", "JPEG", "TIFF", "BMP", "WEBP", "GIF", "PPM", "JPEG2000"])
def test_a_picture_is_known_by_its_content(stored: str, tmp_path: Path) -> None:
    content = io.BytesIO()
    Image.fromarray(COLOUR).save(content, stored)
    for name in ("a.dcm", "a.nii", "a", "a.jpg", "a.txt"):
        assert kind_of(content.getvalue()[:512], name) == "raster"
        (tmp_path / name).write_bytes(content.getvalue())
        assert read_image(tmp_path / name).shape == COLOUR.shape
        assert is_image_file(tmp_path / name)


@pytest.mark.parametrize("name", ["a", "a.png", "a.nii.gz", "IM.001"])
def test_dicom_is_known_by_its_content(name: str) -> None:
    assert kind_of(dicom_file("CT_small.dcm").read_bytes()[:512], name) == "dicom"


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.nii", "volume"),
        ("A.NII.GZ", "volume"),
        ("a.mha", "volume"),
        ("a.gz", "unknown"),
        ("a.dcm", "dicom"),
        ("a.png", "raster"),
        ("a.npy", "array"),
        ("a.txt", "unknown"),
        ("a", "unknown"),
    ],
)
@pytest.mark.parametrize("head", [b"", b"no image at all"])
def test_the_name_decides_where_the_content_does_not(head: bytes, name: str, kind: str) -> None:
    assert kind_of(head, name) == kind
    assert has_image_suffix(name) == (kind != "unknown")


@pytest.mark.parametrize("name", ["ExplVR_LitEndNoMeta.dcm", "ExplVR_BigEndNoMeta.dcm"])
def test_dicom_without_preamble_is_plain_from_its_first_element(name: str) -> None:
    assert begins_with_element(dicom_file(name).read_bytes()[:512])


def test_noise_is_no_dicom() -> None:
    rng = np.random.default_rng(0)
    heads = rng.integers(0, 256, (20_000, 16), dtype=np.uint8)
    assert not any(begins_with_element(head.tobytes()) for head in heads)
    assert not begins_with_element(b"\x08\x00\x05\x00")
