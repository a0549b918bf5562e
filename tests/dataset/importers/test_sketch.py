"""What a source looks like before it is imported."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pydicom.data import get_testdata_file

from fpt_core.dataset.importers.columns import ColumnChoice
from fpt_core.dataset.importers.sketch import sketch
from fpt_core.errors import DatasetError
from tests.pictures import write_image, write_labelled_folders
from tests.sources import listed, write_dicom


def test_class_folders_with_a_pattern_of_patients(tmp_path: Path) -> None:
    for number in range(20):
        write_image(tmp_path / "ab"[number % 2] / f"P{number // 2:03d}_{'LR'[number % 2]}.png", 1)
    found = sketch(tmp_path)
    assert (found.kind, found.num_files, found.class_names) == ("class-folders", 20, ("a", "b"))
    assert not found.patients_known
    assert found.pattern is not None
    assert found.pattern.patients == 10
    listing = listed(tmp_path, patient_pattern=found.pattern.pattern)
    assert len({file.patient_id for file in listing.files}) == 10


def test_a_table_with_its_columns_and_first_rows(tmp_path: Path) -> None:
    root = write_labelled_folders(tmp_path / "images")
    for found in (sketch(root), sketch(root / "labels.csv"), sketch(root, root / "labels.csv")):
        assert found.kind == "table"
        assert found.patients_known
        assert found.class_names == ("bright", "dark")
        assert found.table is not None
        assert found.table.path == root / "labels.csv"
        assert found.table.num_rows == 24
        assert found.table.rows[0] == ("bright/000.png", "bright", "MRN-bright-0")
        assert found.table.guess == ColumnChoice(
            "file", "label", "patient_id", None, None, "file", ()
        )
        assert found.table.found[0] == ("file", "file", 24)


def test_a_table_whose_label_cannot_be_one_is_told(tmp_path: Path) -> None:
    rows = ["file,label"]
    for number in range(30):
        write_image(tmp_path / f"{number}.png", number)
        rows.append(f"{number},{number * 0.7:.1f}")
    (tmp_path / "labels.csv").write_text("\n".join(rows), encoding="utf-8")
    found = sketch(tmp_path)
    assert found.class_names == ()
    assert "'label' of labels.csv holds numbers with fractions" in found.notes[0]


def test_a_table_that_finds_nothing_is_shown_to_be_corrected(tmp_path: Path) -> None:
    write_image(tmp_path / "a.png", 1)
    (tmp_path / "labels.csv").write_text("id,dx\nq,x\nr,y\n", encoding="utf-8")
    (tmp_path / "README.txt").write_text("This is,\nno table", encoding="utf-8")
    found = sketch(tmp_path)
    assert found.table is not None
    assert found.table.path.name == "labels.csv"
    assert found.table.found == ()


def test_a_dicom_archive_with_attributes_that_could_be_the_label(tmp_path: Path) -> None:
    for number in range(8):
        write_dicom(
            tmp_path / f"P{number // 2}" / f"IM{number}",
            PatientID=f"P{number // 2}",
            SeriesInstanceUID=f"1.2.{number // 2}",
            BodyPartExamined=["HEAD", "CHEST"][number % 2],
        )
    found = sketch(tmp_path)
    assert (found.kind, found.class_names, found.patients_known) == ("dicom", (), True)
    assert found.has_slices
    assert ("BodyPartExamined", 2) in found.label_tags


def test_identifiers_in_a_table_are_found_by_the_headers(tmp_path: Path) -> None:
    rows = ["accession,finding"]
    for number in range(4):
        write_dicom(tmp_path / "pacs" / f"IM{number}", AccessionNumber=f"A{number}")
        rows.append(f"A{number},{'xy'[number % 2]}")
    table = tmp_path / "labels.csv"
    table.write_text("\n".join(rows), encoding="utf-8")
    found = sketch(tmp_path / "pacs", table)
    assert found.table is not None
    assert found.table.found == (("accession", "AccessionNumber", 4),)
    assert found.class_names == ("x", "y")


def test_an_array_archive(tmp_path: Path) -> None:
    images, labels = np.zeros((4, 28, 28), np.uint8), np.array([[0], [1], [0], [1]])
    np.savez(tmp_path / "m.npz", train_images=images, train_labels=labels)
    found = sketch(tmp_path / "m.npz")
    assert (found.kind, found.num_files, found.class_names) == ("npz", 4, ("0", "1"))


def test_files_with_pages_ask_for_a_rule(tmp_path: Path) -> None:
    pages = [Image.new("L", (8, 8), shade) for shade in (0, 100)]
    for name in "ab":
        (tmp_path / name).mkdir()
        pages[0].save(tmp_path / name / "x.tiff", save_all=True, append_images=pages[1:])
    assert sketch(tmp_path).has_slices
    for name in "ab":
        pages[0].save(tmp_path / name / "x.tiff")
    assert not sketch(tmp_path).has_slices


def test_a_disc_of_many_files_is_sketched_from_a_sample(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from fpt_core.dataset.importers import headers

    for number in range(700):
        (tmp_path / "ab"[number % 2]).mkdir(exist_ok=True)
        (tmp_path / "ab"[number % 2] / f"{number}.dcm").write_bytes(b"")
    read: list[Path] = []
    monkeypatch.setattr(headers, "read_tags", lambda path, keywords: read.append(path))
    assert sketch(tmp_path).num_files == 700
    assert len(read) <= 350


def test_a_source_without_images_is_refused(tmp_path: Path) -> None:
    shutil.copy(get_testdata_file("DICOMDIR", download=False), tmp_path / "DICOMDIR")
    with pytest.raises(DatasetError, match="There are no images"):
        sketch(tmp_path)
    with pytest.raises(DatasetError, match="does not exist"):
        sketch(tmp_path / "absent")


def test_the_shared_sets_are_seen_as_what_they_are(shared_data: Path) -> None:
    fundus = sketch(shared_data / "fundus_dr" / "images")
    assert fundus.pattern is not None
    assert fundus.pattern.patients == 58
    chest = sketch(shared_data / "cxr_nih")
    assert (chest.kind, chest.patients_known) == ("table", True)
    unlabelled = sketch(shared_data / "unlabelled")
    assert (unlabelled.num_files, unlabelled.pattern) == (1600, None)
