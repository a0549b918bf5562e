"""A folder per class."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from fpt_core.dataset.importers.folder import ClassFolders
from fpt_core.dataset.importers.tree import Tree
from fpt_core.errors import DatasetError
from tests.pictures import write_image
from tests.sources import listed, places, reasons


def _found(root: Path) -> set[tuple[str | None, str]]:
    return {(file.split, file.class_name) for file in listed(root).files}


def test_sub_folders_are_classes_at_any_depth(tmp_path: Path) -> None:
    write_image(tmp_path / "sick" / "clinic" / "2024" / "a.png", 1)
    write_image(tmp_path / "healthy" / "b.PNG", 2)
    write_image(tmp_path / "loose.png", 3)
    (tmp_path / "notes.csv").write_text("hello", encoding="utf-8")
    listing = listed(tmp_path)
    assert places(listing, tmp_path) == {
        "healthy/b.PNG": "healthy",
        "sick/clinic/2024/a.png": "sick",
    }
    assert reasons(listing) == {
        "loose.png": "It lies outside the class folders.",
        "notes.csv": "It is a table or text, not an image.",
    }


def test_split_folders_are_kept_as_splits(tmp_path: Path) -> None:
    for number, split in enumerate(("Train", "valid", "testing")):
        for name in "ab":
            write_image(tmp_path / split / name / f"{number}{name}.png", number)
    write_image(tmp_path / "Train" / "loose.png", 9)
    assert _found(tmp_path) == {
        (split, name) for split in ("train", "val", "test") for name in "ab"
    }


def test_a_class_may_be_called_test_beside_others(tmp_path: Path) -> None:
    write_image(tmp_path / "test" / "a.png", 1)
    write_image(tmp_path / "control" / "b.png", 2)
    assert _found(tmp_path) == {(None, "test"), (None, "control")}


def test_the_one_folder_in_an_archive_is_looked_into(tmp_path: Path) -> None:
    picture = write_image(tmp_path / "x.png", 1).read_bytes()
    with zipfile.ZipFile(tmp_path / "set.zip", "w") as archive:
        for name in ("set-main/train/a/1.png", "set-main/train/b/2.png", "set-main/test/a/3.png"):
            archive.writestr(name, picture)
    assert _found(tmp_path / "set.zip") == {("train", "a"), ("train", "b"), ("test", "a")}


def test_a_source_without_classes_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    write_image(tmp_path / "x.png", 1)
    with pytest.raises(DatasetError, match="no sub-folders with images"):
        listed(tmp_path)


def test_folders_of_patients_are_no_classes(tmp_path: Path) -> None:
    for number in range(30):
        write_image(tmp_path / f"P{number:02d}" / "x.png", number)
    with pytest.raises(DatasetError, match=r"folder .* gives 30 different labels for 30 images"):
        listed(tmp_path)


def test_classes_that_differ_in_case_only_are_told(tmp_path: Path) -> None:
    for number, name in enumerate(("DR", "dr", "none")):
        write_image(tmp_path / name / "x.png", number)
    (warning,) = listed(tmp_path).warnings
    assert warning.message.startswith("The classes 'DR' and 'dr' differ only in case or blanks")


def test_counts_leave_out_files_without_an_image() -> None:
    tree = Tree(Path("/set"), images=["a/1.dcm", "b/2.dcm", "c/report.dcm"])
    assert ClassFolders(tree, {"c/report.dcm"}).counts == {"a": 1, "b": 1}


def test_a_table_adds_patients_to_class_folders(tmp_path: Path) -> None:
    rows = ["file,diagnosis,patient"]
    for number in range(20):
        name = "ab"[number % 2]
        write_image(tmp_path / name / f"{number}.png", number)
        rows.append(f"{number}.png,{name},p{number // 4}")
    (tmp_path / "clinical.csv").write_text("\n".join(rows), encoding="utf-8")
    write_image(tmp_path / "a" / "new.png", 99)
    listing = listed(tmp_path)
    assert len({file.patient_id for file in listing.files}) == 6  # five, and unknown
    assert places(listing, tmp_path)["a/new.png"] == "a"
    assert not listing.skipped
    assert [warning.message for warning in listing.warnings] == [
        "clinical.csv adds to what the class folders say."
    ]


def test_a_table_that_contradicts_the_folder_is_told(tmp_path: Path) -> None:
    rows = ["file,diagnosis"]
    for number in range(20):
        name = "ab"[number % 2]
        write_image(tmp_path / name / f"{number}.png", number)
        rows.append(f"{number}.png,{'b' if number == 4 else name}")
    (tmp_path / "clinical.csv").write_text("\n".join(rows), encoding="utf-8")
    listing = listed(tmp_path)
    assert len(listing.files) == 19
    assert reasons(listing) == {"4.png": "clinical.csv says 'b', but it lies in the folder of 'a'."}
