"""Folders, disks and databases that give trouble: a sentence, and the rest intact."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from fpt_core.dataset import database as database_module
from fpt_core.dataset.project import Project
from fpt_core.errors import DatasetError, DiskFullError, FptError, ProjectError
from fpt_core.events import Finished, Progress
from fpt_core.jobs.requests import ImportRequest
from fpt_core.jobs.run import run
from tests.pictures import write_image, write_labelled_folders


@pytest.fixture
def source(tmp_path: Path) -> Path:
    source = write_labelled_folders(tmp_path / "images")
    (source / "labels.csv").unlink()
    return source


def _import(tmp_path: Path, source: Path) -> dict[str, object]:
    *_, last = run(ImportRequest(tmp_path / "study", source))
    assert isinstance(last, Finished)
    return dict(last.result)


def _reading(tmp_path: Path, source: Path, done: int) -> Callable[[], None]:
    """An import that has read ``done`` files; returns what ends it."""
    events = run(ImportRequest(tmp_path / "study", source))
    while not (isinstance(event := next(events), Progress) and event.done == done):
        pass
    return lambda: list(events) and None


def test_a_disk_that_fills_up_is_told_and_the_project_stays_as_it_was(
    tmp_path: Path, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _import(tmp_path, source)
    before = Project.open(tmp_path / "study").images()
    for number in range(40):
        write_image(source / "dark" / f"{'x' * 200}{number}.png", 100 + number)
    connect = sqlite3.connect

    def full(*arguments: object, **options: object) -> sqlite3.Connection:
        database = connect(*arguments, **options)  # type: ignore[call-overload]
        (pages,) = database.execute("PRAGMA page_count").fetchone()
        database.execute(f"PRAGMA max_page_count = {pages}")
        return database

    monkeypatch.setattr(database_module.sqlite3, "connect", full)
    with pytest.raises(DiskFullError, match="disk is full"):
        _import(tmp_path, source)
    monkeypatch.undo()
    assert Project.open(tmp_path / "study").images() == before
    assert _import(tmp_path, source)["images"] == 40


def test_a_database_that_gets_damaged_meanwhile_is_told(tmp_path: Path, source: Path) -> None:
    _import(tmp_path, source)
    write_image(source / "dark" / "new.png", 100)
    finish = _reading(tmp_path, source, 1)
    for path in (tmp_path / "study.fptproject").glob("project.sqlite*"):
        path.write_bytes(b"no database at all" * 500)
    with pytest.raises(ProjectError, match="damaged"):
        finish()


def test_a_project_that_is_deleted_meanwhile_is_told(tmp_path: Path, source: Path) -> None:
    finish = _reading(tmp_path, source, 3)
    (tmp_path / "study.fptproject").rename(tmp_path / "elsewhere")
    with pytest.raises(FptError, match=r"study\.fptproject"):
        finish()


def test_a_project_that_may_not_be_written_is_told(
    tmp_path: Path, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _import(tmp_path, source)
    write_image(source / "dark" / "new.png", 100)
    connect = sqlite3.connect

    def read_only(path: Path, **options: object) -> sqlite3.Connection:
        return connect(f"{path.as_uri()}?mode=ro", uri=True, **options)  # type: ignore[call-overload]

    monkeypatch.setattr(database_module.sqlite3, "connect", read_only)
    with pytest.raises(ProjectError, match=r"study\.fptproject cannot be used"):
        _import(tmp_path, source)
    monkeypatch.undo()
    assert len(Project.open(tmp_path / "study").images()) == 24


def test_all_kinds_of_bad_files_are_listed_and_the_rest_comes(tmp_path: Path, source: Path) -> None:
    whole = (source / "dark" / "001.png").read_bytes()
    bad = {
        "empty.png": b"",
        "cut.png": whole[: len(whole) // 2],
        "text.jpg": b"no image",
        "zeros.dcm": bytes(5000),
        "bomb.png": whole[:16] + b"\x7f\xff\xff\xff\x7f\xff\xff\xff" + whole[24:],
    }
    for name, content in bad.items():
        (source / "dark" / name).write_bytes(content)
    (source / "dark" / "loop.png").symlink_to("loop.png")
    (source / "dark" / "new\nline.png").write_bytes(whole + b"x")
    result = _import(tmp_path, source)
    left_out = {
        Path(file.path).name: file.reason for file in Project.open(tmp_path / "study").skipped()
    }
    assert set(left_out) == {*bad, "loop.png"}
    assert all(reason.endswith(".") for reason in left_out.values())
    assert result["images"] == 25


def test_ten_thousand_classes_are_no_classes(tmp_path: Path) -> None:
    rows = ["file,label"]
    for number in range(300):
        write_image(tmp_path / "images" / f"{number}.png", number, size=4)
        rows.append(f"{number}.png,{number / 7:.5f}")
    (tmp_path / "images" / "labels.csv").write_text("\n".join(rows), encoding="utf-8")
    with pytest.raises(DatasetError):
        _import(tmp_path, tmp_path / "images" / "labels.csv")
    assert not (tmp_path / "study.fptproject").exists()
