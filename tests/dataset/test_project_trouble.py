"""A project folder that is moved, locked, damaged or shared while it is open."""

from __future__ import annotations

import shutil
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from fpt_core.dataset import database as database_module
from fpt_core.dataset import project as project_module
from fpt_core.dataset.project import Project
from fpt_core.dataset.records import NewImage
from fpt_core.errors import DiskFullError, ProjectError


def _image(folder: Path, number: int) -> NewImage:
    return NewImage(
        path=folder / f"{number}.png",
        image_hash=f"{number:064x}",
        class_name="a",
        split="train",
        patient=None,
        width=8,
        height=8,
    )


def test_a_folder_that_was_deleted_is_told(tmp_path: Path) -> None:
    project = Project.create(tmp_path / "study")
    shutil.rmtree(project.path)
    for ask in (project.images, project.runs, project.counts, project.skipped):
        with pytest.raises(ProjectError, match="There is no project at"):
            ask()
    assert not project.path.exists()


def test_a_database_that_gets_damaged_is_told(tmp_path: Path) -> None:
    project = Project.create(tmp_path / "study")
    for path in project.path.glob("project.sqlite*"):
        path.unlink()
    (project.path / "project.sqlite").write_bytes(b"no database at all" * 500)
    with pytest.raises(ProjectError, match="is damaged"):
        project.images()
    with pytest.raises(ProjectError, match="is damaged"):
        project.add([_image(tmp_path, 1)], [], tmp_path)


def test_a_project_of_a_newer_version_is_told(tmp_path: Path) -> None:
    path = Project.create(tmp_path / "study").path
    with sqlite3.connect(path / "project.sqlite") as database:
        database.execute("UPDATE meta SET value = '99' WHERE key = 'schema_version'")
    database.close()
    with pytest.raises(ProjectError, match=r"newer version \(format 99\)"):
        Project.open(path)


def test_a_project_of_the_version_before_is_brought_up_to_date(tmp_path: Path) -> None:
    path = Project.create(tmp_path / "study").path
    run_id = Project.open(path).add_run("fpt+", "vit", {"a": 1})
    with sqlite3.connect(path / "project.sqlite") as database:
        for column in ("note", "starred", "trashed"):
            database.execute(f"ALTER TABLE runs DROP COLUMN {column}")
        for table in ("queue", "statements", "verdicts"):
            database.execute(f"DROP TABLE {table}")
        database.execute("UPDATE meta SET value = '3' WHERE key = 'schema_version'")
    database.close()
    project = Project.open(path)
    [run] = project.runs()
    assert (run.id, run.settings, run.note, run.starred) == (run_id, {"a": 1}, "", False)
    assert project.queue() == []
    assert _columns(path) == _columns(Project.create(tmp_path / "new").path)


def _columns(path: Path) -> dict[str, list[tuple[object, ...]]]:
    with sqlite3.connect(path / "project.sqlite") as database:
        tables = {table: database.execute(f"PRAGMA table_info({table})").fetchall()
                  for table in ("runs", "queue", "statements", "verdicts")}  # fmt: skip
    database.close()
    return tables


def test_a_project_of_a_trial_version_is_told(tmp_path: Path) -> None:
    path = Project.create(tmp_path / "study").path
    with sqlite3.connect(path / "project.sqlite") as database:
        database.execute("UPDATE meta SET value = '2' WHERE key = 'schema_version'")
    database.close()
    with pytest.raises(ProjectError, match=r"trial version \(format 2\)"):
        Project.open(path)


def test_a_folder_without_tables_is_told(tmp_path: Path) -> None:
    path = Project.create(tmp_path / "study").path
    with sqlite3.connect(path / "project.sqlite") as database:
        database.execute("DROP TABLE meta")
    database.close()
    with pytest.raises(ProjectError, match="cannot be used: no such table"):
        Project.open(path)


def test_a_full_disk_is_told_as_such_and_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = Project.create(tmp_path / "study")
    connect = sqlite3.connect

    def small(path: Path, timeout: float) -> sqlite3.Connection:
        database = connect(path, timeout=timeout)
        pages = database.execute("PRAGMA page_count").fetchone()[0]
        database.execute(f"PRAGMA max_page_count = {pages}")
        return database

    monkeypatch.setattr(database_module.sqlite3, "connect", small)
    with pytest.raises(DiskFullError, match="disk is full"):
        project.add([_image(tmp_path, number) for number in range(2000)], [], tmp_path)
    assert project.images() == []


def test_a_project_that_cannot_be_made_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(project_module, "SCHEMA", "CREATE TABLE broken (")
    with pytest.raises(ProjectError):
        Project.create(tmp_path / "study")
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_the_way_of_the_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "notes").write_text("hello", encoding="utf-8")
    with pytest.raises(Exception, match="notes") as refused:
        Project.create(tmp_path / "notes" / "study")
    assert getattr(refused.value, "remedy", "")


def test_threads_write_and_read_at_once(tmp_path: Path) -> None:
    project = Project.create(tmp_path / "study")

    def add_and_count(number: int) -> int:
        project.add([_image(tmp_path, number)], [], tmp_path)
        return len(project.images())

    with ThreadPoolExecutor(8) as pool:
        counts = list(pool.map(add_and_count, range(40)))
    assert max(counts) == len(project.images()) == 40


def test_images_have_one_order(tmp_path: Path) -> None:
    project = Project.create(tmp_path / "study")
    for number in (5, 1, 3):
        project.add([_image(tmp_path, number)], [], tmp_path)
    assert [image.path.name for image in project.images()] == ["1.png", "3.png", "5.png"]


def test_a_project_made_by_a_relative_path_or_a_link_finds_its_images(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "deep" / "er").mkdir(parents=True)
    (tmp_path / "deep" / "er" / "link").symlink_to(tmp_path / "real", target_is_directory=True)
    (tmp_path / "images").mkdir()
    monkeypatch.chdir(tmp_path / "deep" / "er" / "link")
    project = Project.create(Path("study"))
    project.add([_image(tmp_path / "images", 1)], [], tmp_path / "images")
    monkeypatch.chdir("/")
    for path in (project.path, tmp_path / "deep" / "er" / "link" / "study.fptproject"):
        assert Project.open(path).images()[0].path == tmp_path / "images" / "1.png"


def test_run_ids_are_unique_and_sort_by_time(tmp_path: Path) -> None:
    project = Project.create(tmp_path / "study")
    ids = [project.add_run("fpt+", "vit", {}) for _ in range(20)]
    assert len(set(ids)) == 20
    assert all("+" not in run_id and "/" not in run_id for run_id in ids)
    seconds = [run_id[:15] for run_id in ids]
    assert seconds == sorted(seconds)
    assert [run.id for run in project.runs()] == ids[::-1]


def test_a_clock_that_was_set_does_not_interrupt_a_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = Project.create(tmp_path / "study")
    run_id = project.add_run("fpt+", "vit", {})
    project.update_run(run_id, status="running")
    created = psutil.Process.create_time
    monkeypatch.setattr(psutil.Process, "create_time", lambda self: created(self) + 1)
    assert project.run(run_id).status == "running"
    monkeypatch.setattr(psutil.Process, "create_time", lambda self: created(self) + 600)
    assert project.run(run_id).status == "interrupted"


def test_a_folder_that_may_not_be_written_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = Project.create(tmp_path / "study")
    connect = sqlite3.connect

    def read_only(path: Path, timeout: float) -> sqlite3.Connection:
        return connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=timeout)

    monkeypatch.setattr(database_module.sqlite3, "connect", read_only)
    assert project.images() == []
    with pytest.raises(ProjectError, match="cannot be used: attempt to write a readonly"):
        project.add([_image(tmp_path, 1)], [], tmp_path)


def test_nothing_grows_where_a_drive_has_gone_away(tmp_path: Path) -> None:
    project = Project.create(tmp_path / "share" / "study")
    project.path.rename(tmp_path / "elsewhere")
    project.path.mkdir()  # an empty mount point
    with pytest.raises(ProjectError, match="no project at"):
        project.runs()
    assert list(project.path.iterdir()) == []
