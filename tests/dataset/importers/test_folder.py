from __future__ import annotations

from pathlib import Path

import pytest

from fpt_core.dataset.importers.folder import list_folder
from fpt_core.errors import DatasetError
from tests.pictures import write_image


def test_sub_folders_are_classes_at_any_depth(tmp_path: Path) -> None:
    write_image(tmp_path / "sick" / "clinic" / "2024" / "a.png", 1)
    write_image(tmp_path / "healthy" / "b.PNG", 2)
    write_image(tmp_path / ".cache" / "c.png", 3)
    listing = list_folder(tmp_path)
    assert [(file.path.name, file.class_name, file.split) for file in listing.files] == [
        ("b.PNG", "healthy", None),
        ("a.png", "sick", None),
    ]


def test_split_folders_are_kept_as_splits(tmp_path: Path) -> None:
    for number, split in enumerate(("Train", "valid", "testing")):
        for name in "ab":
            write_image(tmp_path / split / name / f"{number}{name}.png", number)
    found = {(file.split, file.class_name) for file in list_folder(tmp_path).files}
    assert found == {(split, name) for split in ("train", "val", "test") for name in "ab"}


def test_a_class_may_be_called_test_beside_others(tmp_path: Path) -> None:
    write_image(tmp_path / "test" / "a.png", 1)
    write_image(tmp_path / "control" / "b.png", 2)
    found = {(file.split, file.class_name) for file in list_folder(tmp_path).files}
    assert found == {(None, "test"), (None, "control")}


def test_a_project_in_the_folder_is_no_class(tmp_path: Path) -> None:
    write_image(tmp_path / "study.fptproject" / "a.png", 1)
    write_image(tmp_path / "x" / "b.png", 2)
    assert [file.path.name for file in list_folder(tmp_path).files] == ["b.png"]


def test_a_folder_without_images_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    with pytest.raises(DatasetError, match="no sub-folders with images"):
        list_folder(tmp_path)
