"""An import that cannot be finished leaves nothing half-written."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Iterable
from pathlib import Path

import pytest

from fpt_core.dataset.kept_readings import KeptReadings
from fpt_core.dataset.project import Project
from fpt_core.errors import DatasetError, ProjectError
from fpt_core.events import Event, Finished, Progress
from fpt_core.jobs.requests import ImportRequest
from fpt_core.jobs.run import run
from tests.pictures import write_image, write_labelled_folders


def _read(events: Iterable[Event]) -> list[int]:
    return [e.done for e in events if isinstance(e, Progress) and e.stage == "Reading images"]


def test_a_stopped_import_adds_nothing_and_goes_on_where_it_was(tmp_path: Path) -> None:
    source = write_labelled_folders(tmp_path / "images")
    events = run(ImportRequest(tmp_path / "study", source))
    while next(events) != Progress("Reading images", 5, 24):
        pass
    events.close()
    assert Project.open(tmp_path / "study").images() == []
    assert _read(run(ImportRequest(tmp_path / "study", source))) == list(range(5, 25))
    project = Project.open(tmp_path / "study")
    assert len(project.images()) == 24
    assert not KeptReadings(project.path).is_there


def test_a_stopped_second_import_leaves_the_first_as_it_was(tmp_path: Path) -> None:
    source = write_labelled_folders(tmp_path / "images")
    list(run(ImportRequest(tmp_path / "study", source)))
    before = Project.open(tmp_path / "study").images()
    write_image(source / "dark" / "new.png", 999)
    events = run(ImportRequest(tmp_path / "study", source))
    while next(events) != Progress("Reading images", 1, 1):
        pass
    events.close()
    assert Project.open(tmp_path / "study").images() == before


def test_what_was_read_of_a_file_that_has_changed_since_is_not_used(tmp_path: Path) -> None:
    source = write_labelled_folders(tmp_path / "images")
    events = run(ImportRequest(tmp_path / "study", source))
    while next(events) != Progress("Reading images", 24, 24):
        pass
    events.close()
    write_image(source / "dark" / "001.png", 777, size=50)
    assert _read(run(ImportRequest(tmp_path / "study", source)))[0] == 23
    images = {image.path.name: image for image in Project.open(tmp_path / "study").images()}
    assert images["001.png"].width == 50


def _import_slowly(path: Path, source: Path) -> None:
    """Import, and wait before the last files."""
    for event in run(ImportRequest(path, source)):
        if event == Progress("Reading images", 20, 24):
            (path.parent / "twenty").touch()
            time.sleep(600)


def test_a_killed_import_goes_on_where_it_was(tmp_path: Path) -> None:
    source = write_labelled_folders(tmp_path / "images")
    process = multiprocessing.get_context("spawn").Process(
        target=_import_slowly, args=(tmp_path / "study", source)
    )
    process.start()
    while not (tmp_path / "twenty").exists():
        assert process.is_alive()
        time.sleep(0.02)
    process.kill()
    process.join()
    process.close()
    assert Project.open(tmp_path / "study").images() == []
    assert _read(run(ImportRequest(tmp_path / "study", source))) == list(range(20, 25))
    assert len(Project.open(tmp_path / "study").images()) == 24


def test_two_imports_at_once_are_refused(tmp_path: Path) -> None:
    source = write_labelled_folders(tmp_path / "images")
    first = run(ImportRequest(tmp_path / "study", source))
    while next(first) != Progress("Reading images", 5, 24):
        pass
    with pytest.raises(ProjectError, match="being imported into study"):
        list(run(ImportRequest(tmp_path / "study", source)))
    list(first)
    assert len(Project.open(tmp_path / "study").images()) == 24


def test_a_file_that_vanishes_meanwhile_is_listed(tmp_path: Path) -> None:
    source = write_labelled_folders(tmp_path / "images")
    events = run(ImportRequest(tmp_path / "study", source))
    while next(events) != Progress("Reading images", 5, 24):
        pass
    (source / "dark" / "023.png").unlink()
    *_, last = events
    assert isinstance(last, Finished)
    assert [Path(file["path"]).name for file in last.result["skipped"]] == ["023.png"]
    assert len(Project.open(tmp_path / "study").images()) == 23


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
    [("absent", "does not exist"), ("notes.md", "is no folder, archive")],
)
def test_a_source_that_is_none_is_refused(source: str, reason: str, tmp_path: Path) -> None:
    (tmp_path / "notes.md").write_text("hello", encoding="utf-8")
    with pytest.raises(DatasetError, match=reason):
        list(run(ImportRequest(tmp_path / "study", tmp_path / source)))
