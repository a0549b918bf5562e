"""An import that cannot be finished leaves nothing half-written."""

from __future__ import annotations

from pathlib import Path

import pytest

from fpt_core.dataset.project import Project
from fpt_core.errors import DatasetError
from fpt_core.events import Progress
from fpt_core.jobs.requests import ImportRequest
from fpt_core.jobs.run import run
from tests.pictures import write_image, write_labelled_folders


def test_a_stopped_import_leaves_no_project(tmp_path: Path) -> None:
    source = write_labelled_folders(tmp_path / "images")
    events = run(ImportRequest(tmp_path / "study", source))
    while next(events) != Progress("Reading images", 5, 24):
        pass
    events.close()
    assert not (tmp_path / "study.fptproject").exists()


def test_a_stopped_second_import_leaves_the_first_as_it_was(tmp_path: Path) -> None:
    source = write_labelled_folders(tmp_path / "images")
    list(run(ImportRequest(tmp_path / "study", source)))
    before = Project.open(tmp_path / "study").images()
    write_image(source / "dark" / "new.png", 999)
    events = run(ImportRequest(tmp_path / "study", source))
    while next(events) != Progress("Reading images", 24, 25):
        pass
    events.close()
    assert Project.open(tmp_path / "study").images() == before


def test_one_patient_in_two_splits_of_the_source_is_refused(tmp_path: Path) -> None:
    source = write_labelled_folders(tmp_path / "images", per_class=4)
    rows = (source / "labels.csv").read_text(encoding="utf-8").splitlines()
    splits = ["split", *["train", "test"] * 4]
    marked = [f"{row},{split}" for row, split in zip(rows, splits, strict=True)]
    marked[3] = marked[3].replace(",train", ",test")
    (source / "labels.csv").write_text("\n".join(marked), encoding="utf-8")
    with pytest.raises(DatasetError, match="puts one patient into two splits"):
        list(run(ImportRequest(tmp_path / "study", source / "labels.csv")))
    assert not (tmp_path / "study.fptproject").exists()


def test_a_source_of_unreadable_files_is_refused(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / "images" / name).mkdir(parents=True)
        (tmp_path / "images" / name / "x.png").write_bytes(b"nothing")
    with pytest.raises(DatasetError, match=r"the first: x\.png"):
        list(run(ImportRequest(tmp_path / "study", tmp_path / "images")))
    assert not (tmp_path / "study.fptproject").exists()


@pytest.mark.parametrize(
    ("source", "reason"),
    [("absent", "does not exist"), ("notes.txt", "neither a folder nor a table")],
)
def test_a_source_that_is_none_is_refused(source: str, reason: str, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("hello", encoding="utf-8")
    with pytest.raises(DatasetError, match=reason):
        list(run(ImportRequest(tmp_path / "study", tmp_path / source)))
