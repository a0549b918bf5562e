from __future__ import annotations

from pathlib import Path

import numpy as np
import pydicom
import pytest

from fpt_core.errors import ImageError
from fpt_core.images import num_frames, open_image, read_tags
from tests.images.dicom_files import GREY, dicom_file, write_dicom


def test_a_header_says_what_an_import_needs() -> None:
    tags = read_tags(dicom_file("CT_small.dcm"), ["BodyPartExamined", "StudyID", "SliceThickness"])
    dataset = pydicom.dcmread(dicom_file("CT_small.dcm"))
    assert tags is not None
    assert tags.patient_id == dataset.PatientID
    assert tags.study_uid == dataset.StudyInstanceUID
    assert tags.series_uid == dataset.SeriesInstanceUID
    assert tags.instance_uid == dataset.SOPInstanceUID
    assert tags.accession_number == ""
    assert (tags.modality, tags.manufacturer) == ("CT", "GE MEDICAL SYSTEMS")
    assert (tags.photometric, tags.transfer_syntax) == ("MONOCHROME2", "Explicit VR Little Endian")
    assert (tags.num_frames, tags.rows, tags.columns) == (1, 128, 128)
    assert tags.instance_number == 1
    assert tags.burned_in is None
    assert dict(tags.values) == {"StudyID": "1CT1", "SliceThickness": "5.000000"}


def test_a_reader_that_is_open_says_the_same() -> None:
    for name in ("CT_small.dcm", "rtdose.dcm", "SC_rgb_jpeg_dcmtk.dcm", "ExplVR_BigEndNoMeta.dcm"):
        with open_image(dicom_file(name)) as image:
            assert image.tags(["StudyID"]) == read_tags(dicom_file(name), ["StudyID"])


def test_no_identifier_is_shown_by_chance() -> None:
    tags = read_tags(dicom_file("CT_small.dcm"), ["PatientName"])
    assert tags is not None
    for hidden in (tags.patient_id, tags.study_uid, tags.instance_uid, tags.values["PatientName"]):
        assert hidden
        assert hidden not in repr(tags)


def test_pixels_are_not_needed(tmp_path: Path) -> None:
    content = dicom_file("CT_small.dcm").read_bytes()
    (tmp_path / "header.dcm").write_bytes(content[: content.rindex(b"\xe0\x7f\x10\x00")])
    tags = read_tags(tmp_path / "header.dcm")
    assert tags is not None
    assert tags.rows == 128


@pytest.mark.parametrize(("said", "meaning"), [("YES", True), ("NO", False), ("", None)])
def test_burned_in_text(said: str, meaning: bool | None, tmp_path: Path) -> None:
    tags = read_tags(write_dicom(tmp_path / "a.dcm", GREY, BurnedInAnnotation=said))
    assert tags is not None
    assert tags.burned_in is meaning


def test_slices_are_ordered_along_their_normal(tmp_path: Path) -> None:
    """An oblique series: the place along the normal, not the z of the corner, is the order."""
    tilt = np.deg2rad(20)
    row, column = (1, 0, 0), (0, np.cos(tilt), np.sin(tilt))
    normal = np.cross(row, column)
    places = []
    for number in (2, 0, 1):
        corner = normal * number * 3 + np.array(column) * 50 * (1 - number)
        path = write_dicom(
            tmp_path / f"{number}.dcm",
            GREY,
            ImagePositionPatient=[round(float(value), 6) for value in corner],
            ImageOrientationPatient=[round(float(value), 6) for value in (*row, *column)],
        )
        tags = read_tags(path)
        assert tags is not None
        places.append(tags.slice_mm)
    assert places == pytest.approx([6, 0, 3], abs=1e-3)


def test_damaged_values_count_as_absent(tmp_path: Path) -> None:
    path = write_dicom(tmp_path / "a.dcm", GREY, InstanceNumber=7, PatientID="P\0")
    content = path.read_bytes().replace(b"IS\x02\x007 ", b"IS\x02\x00x ")
    path.write_bytes(content)
    tags = read_tags(path)
    assert tags is not None
    assert tags.instance_number is None
    assert tags.patient_id == "P"


def test_a_report_has_no_frames() -> None:
    tags = read_tags(dicom_file("test-SR.dcm"))
    assert tags is not None
    assert tags.num_frames == 0
    with pytest.raises(ImageError, match="holds no pixels"):
        num_frames(dicom_file("test-SR.dcm"))


def test_frames_are_counted() -> None:
    tags = read_tags(dicom_file("rtdose.dcm"))
    assert tags is not None
    assert tags.num_frames == num_frames(dicom_file("rtdose.dcm")) == 15


def test_other_files_have_no_tags(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("none")
    assert read_tags(tmp_path / "a.txt") is None
    with pytest.raises(ImageError, match=r"no file b\.dcm"):
        read_tags(tmp_path / "b.dcm")
