from __future__ import annotations

from pathlib import Path

from PIL import Image
from pydicom.data import get_testdata_file

from fpt_core.images.metadata import read_metadata


def test_dicom_tells_how_it_was_made_and_marks_what_identifies() -> None:
    source = get_testdata_file("CT_small.dcm")
    assert source is not None

    attributes = {attribute.name: attribute for attribute in read_metadata(Path(source))}

    assert attributes["Modality"].value == "CT"
    assert attributes["Image Type"].value == "ORIGINAL\\PRIMARY\\AXIAL"
    for name in ("Modality", "Manufacturer", "KVP", "Rows", "Image Type", "Transfer Syntax UID"):
        assert not attributes[name].identifies, name
    for name in ("Patient's Name", "Patient ID", "Study Date", "Study Instance UID"):
        assert attributes[name].identifies, name
    assert "Pixel Data" not in attributes


def test_a_photograph_tells_its_size_and_marks_free_text(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x010F] = "Camera works"
    exif[0x013B] = "Dr. Somebody"
    exif[0x0132] = "2024:01:02 03:04:05"
    Image.new("RGB", (30, 20)).save(tmp_path / "a.jpg", exif=exif)

    attributes = {attribute.name: attribute for attribute in read_metadata(tmp_path / "a.jpg")}

    assert attributes["Format"].value == "JPEG"
    assert attributes["Size"].value == "30 x 20 px"
    assert not attributes["Make"].identifies
    assert attributes["Artist"].identifies
    assert attributes["DateTime"].identifies
