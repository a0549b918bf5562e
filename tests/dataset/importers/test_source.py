"""Sources of every kind, through the door that the import job uses."""

from __future__ import annotations

import random
import shutil
import zipfile
from pathlib import Path

import pytest
from pydicom.data import get_testdata_file

from fpt_core.dataset.importers.source import tag_keyword
from fpt_core.errors import ConfigError, DatasetError, FptError
from tests.pictures import write_image
from tests.sources import classes, listed, places, reasons, write_dicom


def test_a_flat_folder_with_a_table_is_read_by_it(tmp_path: Path) -> None:
    for number in range(6):
        write_image(tmp_path / f"{number}.png", number)
    rows = [f"{number};{'ab'[number % 2]}" for number in range(5)]
    (tmp_path / "any name.tsv").write_text("\n".join(["image;diagnosis", *rows]), encoding="utf-8")
    listing = listed(tmp_path)
    assert classes(listing) == {"a": 3, "b": 2}
    assert reasons(listing) == {"5.png": "The table does not name it."}
    assert listing.warnings[0].message == "The images are read as any name.tsv describes them."


def test_folders_that_are_no_classes_do_not_hide_the_table(tmp_path: Path) -> None:
    rows = ["Image Index,Finding Labels,Patient ID"]
    for number in range(40):
        write_image(tmp_path / f"images_{number % 4:03d}" / f"{number:08d}_000.png", number)
        rows.append(f"{number:08d}_000.png,{'ab'[number % 2]},{number // 2}")
    (tmp_path / "Data_Entry.csv").write_text("\n".join(rows), encoding="utf-8")
    listing = listed(tmp_path)
    assert classes(listing) == {"a": 20, "b": 20}
    assert len({file.patient_id for file in listing.files}) == 20


def test_two_tables_that_could_be_meant_are_told(tmp_path: Path) -> None:
    for number in range(2):
        write_image(tmp_path / f"{number}.png", number)
    for name in ("one.csv", "two.csv"):
        (tmp_path / name).write_text("file,label\n0,a\n1,b\n", encoding="utf-8")
    with pytest.raises(DatasetError, match=r"Several tables .*: one\.csv, two\.csv"):
        listed(tmp_path)
    listing = listed(tmp_path, labels=tmp_path / "two.csv")
    assert len(listing.files) == 2
    assert reasons(listing).keys() == {"one.csv"}


@pytest.mark.parametrize("name", ["metadata.csv", "metadata.jsonl"])
def test_image_folders_of_hugging_face_are_read_by_their_metadata(
    name: str, tmp_path: Path
) -> None:
    for split in ("train", "test"):
        lines = ["file_name,label"] if name.endswith("csv") else []
        for number in range(4):
            write_image(tmp_path / split / f"{number}.png", number)
            label = "ab"[number % 2]
            row = f'{{"file_name": "{number}.png", "label": "{label}"}}'
            lines.append(f"{number}.png,{label}" if name.endswith("csv") else row)
        (tmp_path / split / name).write_text("\n".join(lines), encoding="utf-8")
    listing = listed(tmp_path)
    assert {(file.split, file.class_name) for file in listing.files} == {
        (split, label) for split in ("train", "test") for label in "ab"
    }
    assert len(listing.files) == 8
    assert listed(tmp_path, labels=tmp_path / "test" / name).files[0].split == "test"
    assert len(listed(tmp_path, labels=tmp_path / "test" / name).files) == 8


def test_a_table_is_a_source_by_itself(tmp_path: Path) -> None:
    write_image(tmp_path / "deep" / "er" / "a.png", 1)
    write_image(tmp_path / "b.png", 2)
    write_image(tmp_path / "other.png", 3)
    table = tmp_path / "labels.csv"
    table.write_text(f"path,label\n{tmp_path / 'deep/er/a.png'},1.0\nb,0\n", encoding="utf-8")
    listing = listed(table)
    assert places(listing, tmp_path) == {"deep/er/a.png": "1", "b.png": "0"}
    assert not listing.skipped
    assert listed(table, labels=table).files == listing.files


def test_a_dicom_archive_is_labelled_by_an_attribute(tmp_path: Path) -> None:
    for number in range(4):
        write_dicom(
            tmp_path / f"P{number}" / "IM1",
            PatientID=f"P{number}",
            BodyPartExamined=["HEAD", "CHEST", "HEAD", ""][number],
        )
    for name in ("reportsi.dcm", "DICOMDIR"):
        shutil.copy(get_testdata_file(name, download=False), tmp_path / name)
    write_image(tmp_path / "photo.png", 1)
    with pytest.raises(DatasetError, match="those of a DICOM archive, not classes"):
        listed(tmp_path)
    listing = listed(tmp_path, label_tag="0018,0015")
    assert classes(listing) == {"HEAD": 2, "CHEST": 1}
    assert {file.patient_id for file in listing.files} == {"P0", "P1", "P2"}
    assert reasons(listing) == {
        "IM1": "It has no BodyPartExamined.",
        "reportsi.dcm": reasons(listing)["reportsi.dcm"],
        "DICOMDIR": "It is the index of a DICOM archive, not an image.",
        "photo.png": "It is no DICOM file.",
    }
    assert "no image" in reasons(listing)["reportsi.dcm"]


def test_a_zip_is_read_like_the_folder_that_it_packs(tmp_path: Path) -> None:
    source = tmp_path / "set"
    for number in range(8):
        write_dicom(source / "ab"[number % 2] / f"IM{number}", PatientID=f"P{number // 2}")
    rows = [f"IM{number},{'xy'[number % 2]}" for number in range(8)]
    (tmp_path / "labels.csv").write_text("\n".join(["file,label", *rows]), encoding="utf-8")
    packed = Path(shutil.make_archive(str(tmp_path / "packed"), "zip", source))
    for options in ({}, {"labels": tmp_path / "labels.csv"}, {"label_tag": "Modality"}):
        folder, archive = listed(source, **options), listed(packed, **options)
        assert places(archive, packed) == places(folder, source)
        assert [file.patient_id for file in archive.files] == [
            file.patient_id for file in folder.files
        ]


def test_a_table_in_a_zip_is_found_there(tmp_path: Path) -> None:
    for number in range(4):
        write_image(tmp_path / "set" / "images" / f"{number}.png", number)
    rows = [f"images/{number}.png,{'ab'[number % 2]}" for number in range(4)]
    (tmp_path / "set" / "labels.csv").write_text("\n".join(["file,label", *rows]), encoding="utf-8")
    packed = Path(shutil.make_archive(str(tmp_path / "packed"), "zip", tmp_path, "set"))
    listing = listed(packed)
    assert classes(listing) == {"a": 2, "b": 2}
    assert not listing.skipped


def test_patients_are_known_by_column_then_pattern_then_header(tmp_path: Path) -> None:
    for number in range(4):
        write_dicom(tmp_path / f"P{number // 2}_{number}.dcm", PatientID="anonymous")
    write_dicom(tmp_path / "other.dcm", PatientID="MRN1")
    rows = "".join(f"P{number // 2}_{number},{'ab'[number % 2]},\n" for number in range(4))
    table = tmp_path / "labels.csv"
    table.write_text(f"file,label,patient\n{rows}other,a,\n", encoding="utf-8")
    assert [file.patient_id for file in listed(table).files] == [None] * 4 + ["MRN1"]
    listing = listed(table, patient_pattern=r"([^/]+)_\d\.dcm$")
    assert [file.patient_id for file in listing.files] == ["P0", "P0", "P1", "P1", "MRN1"]
    assert "finds no patient in 1 of 5 paths" in listing.warnings[0].message
    table.write_text("file,label,patient\nP0_0,a,Q\nP1_2,b,\n", encoding="utf-8")
    listing = listed(table, patient_pattern=r"([^/]+)_\d\.dcm$")
    assert [file.patient_id for file in listing.files] == ["Q", "P1"]


def test_one_patient_for_all_images_is_doubted(tmp_path: Path) -> None:
    for number in range(4):
        write_dicom(tmp_path / "ab"[number % 2] / f"{number}.dcm", PatientID="1234")
    assert "All images are of one patient" in listed(tmp_path).warnings[0].message


@pytest.mark.parametrize("tag", ["BodyPart", "9999,0000", "", "((", "PatientID", "0010,0010"])
def test_what_is_no_label_attribute_is_refused(tag: str) -> None:
    with pytest.raises(ConfigError):
        tag_keyword(tag)


def test_an_attribute_that_no_file_has_is_told(tmp_path: Path) -> None:
    write_dicom(tmp_path / "a.dcm")
    with pytest.raises(DatasetError, match="has an attribute ViewPosition"):
        listed(tmp_path, label_tag="ViewPosition")


@pytest.mark.parametrize(
    ("name", "reason"),
    [("absent", "does not exist"), ("photo.png", "is no folder, archive"), ("notes.md", "table")],
)
def test_a_source_that_is_none_is_refused(name: str, reason: str, tmp_path: Path) -> None:
    write_image(tmp_path / "photo.png", 1)
    (tmp_path / "notes.md").write_text("hello", encoding="utf-8")
    with pytest.raises(DatasetError, match=reason):
        listed(tmp_path / name)


def test_volumes_and_pages_are_files_with_frames(tmp_path: Path) -> None:
    for name in ("a/scan.nii.gz", "a/scan2.mha", "b/scan.nrrd", "b/pages.tiff"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"not read while listing")
    files = listed(tmp_path).files
    assert len(files) == 4
    assert {(file.frame, file.series) for file in files} == {(None, None)}


def test_a_damaged_zip_is_a_listing_or_a_refusal(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "whole.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(6):
            path = write_dicom(tmp_path / f"IM{number}", PatientID=f"P{number}")
            archive.write(path, f"{'ab'[number % 2]}/IM{number}")
    content = (tmp_path / "whole.zip").read_bytes()
    chance = random.Random(5)
    for number in range(40):
        damaged = bytearray(content)
        for _ in range(chance.choice((1, 10, 200))):
            # The list of files is at the end: half of the damage goes there.
            start = chance.choice((0, len(damaged) - 700))
            damaged[chance.randrange(start, len(damaged))] = chance.randrange(256)
        if number % 4 == 0:
            damaged = damaged[: chance.randrange(len(damaged))]
        path = tmp_path / f"{number}.zip"
        path.write_bytes(damaged)
        try:
            listed(path)
        except FptError:
            continue


def test_the_shared_sets_are_listed_with_their_patients(shared_data: Path) -> None:
    fundus = listed(shared_data / "fundus_dr")
    assert classes(fundus) == {"referable": 48, "non_referable": 46}
    assert len({file.patient_id for file in fundus.files}) == 58
    assert not fundus.skipped
    chest = listed(shared_data / "cxr_nih")
    assert classes(chest) == {"no_findings": 60, "pneumonia": 60}
    assert len({file.patient_id for file in chest.files}) == 92
    by_name = listed(shared_data / "cxr_nih", patient_pattern=r"([^/]+?)[ _.-]\d+\.[^/]+$")
    assert by_name.files == chest.files  # a column counts more than a pattern


def test_the_shared_dicom_files_are_listed_by_modality(shared_data: Path) -> None:
    listing = listed(shared_data / "dicom", label_tag="Modality")
    assert len(listing.files) + len(listing.skipped) >= 29
    assert classes(listing)["CT"] >= 18
