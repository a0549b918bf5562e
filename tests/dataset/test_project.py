"""The project folder: moves, keeps, and never holds a patient id."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import shutil
import sqlite3
from pathlib import Path

import pytest

from fpt_core.dataset.project import NewImage, Project, SkippedFile
from fpt_core.errors import ProjectError
from tests.pictures import write_image


def _with_image(tmp_path: Path) -> Project:
    project = Project.create(tmp_path / "study")
    path = write_image(tmp_path / "data" / "one.png", 1)
    image = NewImage(path, "ab" * 32, "a", "train", project.patient_hash("MRN 77"), 48, 48)
    project.add([image], [SkippedFile(str(tmp_path / "data" / "bad.png"), "It is truncated.")])
    return project


def test_create_adds_the_suffix_and_open_finds_it(tmp_path: Path) -> None:
    project = _with_image(tmp_path)
    assert project.path.name == "study.fptproject"
    assert Project.open(tmp_path / "study").images() == project.images()


def test_create_refuses_what_is_there(tmp_path: Path) -> None:
    Project.create(tmp_path / "study")
    with pytest.raises(ProjectError, match="exists already"):
        Project.create(tmp_path / "study")


def test_open_says_what_is_missing_or_damaged(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="no project"):
        Project.open(tmp_path / "none")
    (tmp_path / "bad.fptproject").mkdir()
    (tmp_path / "bad.fptproject" / "project.sqlite").write_bytes(b"no database at all" * 50)
    with pytest.raises(ProjectError, match="damaged"):
        Project.open(tmp_path / "bad")


def test_project_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    path = Project.create(tmp_path / "study").path
    with contextlib.closing(sqlite3.connect(path / "project.sqlite")) as database, database:
        database.execute("UPDATE meta SET value = '99' WHERE key = 'schema_version'")
    with pytest.raises(ProjectError, match=r"made by a newer version \(format 99\)"):
        Project.open(path)


def test_images_are_added_all_or_not_at_all(tmp_path: Path) -> None:
    project = _with_image(tmp_path)
    new = NewImage(tmp_path / "data" / "two.png", "cd" * 32, "a", "train", None, 8, 8)
    again = NewImage(tmp_path / "data" / "three.png", "ab" * 32, "a", "train", None, 8, 8)
    with pytest.raises(sqlite3.IntegrityError):
        project.add([new, again], [SkippedFile("x.png", "It is truncated.")])
    assert len(project.images()) == len(project.skipped()) == 1


def test_project_and_data_move_together(tmp_path: Path) -> None:
    _with_image(tmp_path / "here")
    shutil.move(tmp_path / "here", tmp_path / "there")
    (image,) = Project.open(tmp_path / "there" / "study").images()
    assert image.path == tmp_path / "there" / "data" / "one.png"
    assert image.path.is_file()


def test_patient_id_is_in_no_file(tmp_path: Path) -> None:
    project = _with_image(tmp_path)
    content = b"".join(path.read_bytes() for path in project.path.rglob("*") if path.is_file())
    assert b"MRN 77" not in content
    other = Project.create(tmp_path / "other")
    assert other.patient_hash("MRN 77") != project.patient_hash("MRN 77")


def test_skipped_files_keep_their_reasons(tmp_path: Path) -> None:
    (skipped,) = _with_image(tmp_path).skipped()
    assert Path(skipped.path).name == "bad.png"
    assert skipped.reason == "It is truncated."


def _start_run_and_die(path: Path) -> None:
    project = Project.open(path)
    run_id = project.add_run("fpt+", "vit", {})
    project.update_run(run_id, status="running")
    os._exit(9)


def test_run_of_a_dead_process_reads_as_interrupted(tmp_path: Path) -> None:
    project = Project.create(tmp_path / "study")
    process = multiprocessing.get_context("spawn").Process(
        target=_start_run_and_die, args=(project.path,)
    )
    process.start()
    process.join()
    (run,) = project.runs()
    assert run.status == "interrupted"
    assert run.resumable
    process.close()


def test_run_of_this_process_reads_as_running_until_it_ends(tmp_path: Path) -> None:
    project = Project.create(tmp_path / "study")
    run_id = project.add_run("fpt+", "vit", {"a": 1})
    project.update_run(run_id, status="running")
    assert project.run(run_id).status == "running"
    project.update_run(run_id, status="finished", metrics={"test": {"auc": 0.5}})
    assert project.run(run_id).metrics == {"test": {"auc": 0.5}}
    with pytest.raises(ProjectError, match="no run"):
        project.run("other")
