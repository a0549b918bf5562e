"""Two windows on one project."""

from __future__ import annotations

import multiprocessing
import os
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from fpt_core.dataset.project import Project
from fpt_core.dataset.project_lock import ProjectLock
from fpt_core.errors import FptError, ProjectError

LIMIT_S = 60


def _hold(project: Path, connection: Connection) -> None:
    lock = ProjectLock(project)
    connection.send(lock.held)
    connection.recv()


def test_the_second_window_is_told_who_holds_it_until_that_one_is_killed(tmp_path: Path) -> None:
    project = Project.create(tmp_path / "study").path
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    other = context.Process(target=_hold, args=(project, theirs))
    other.start()
    assert ours.poll(LIMIT_S)
    assert ours.recv() is True
    second = ProjectLock(project)
    assert not second.held
    assert f"process {other.pid} on" in second.holder
    other.kill()
    other.join()
    other.close()
    third = ProjectLock(project)
    assert third.held
    assert third.holder == ""
    third.release()


def test_a_lock_that_was_given_back_is_free(tmp_path: Path) -> None:
    project = Project.create(tmp_path / "study").path
    first = ProjectLock(project)
    first.release()
    assert not first.held
    second = ProjectLock(project)
    assert second.held
    second.release()


def test_a_holder_that_left_no_name_is_another_window(tmp_path: Path) -> None:
    project = Project.create(tmp_path / "study").path
    first = ProjectLock(project)
    (project / "window.json").write_text("[]", encoding="utf-8")
    second = ProjectLock(project)
    assert second.holder == "another window"
    first.release()


def test_a_folder_that_is_gone_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(FptError):
        ProjectLock(tmp_path / "file")


def test_a_project_opened_to_be_read_alone_refuses_changes(tmp_path: Path) -> None:
    path = Project.create(tmp_path / "study").path
    run_id = Project.open(path).add_run("fpt+", "vit", {})
    project = Project.open(path, read_only=True)
    assert [run.id for run in project.runs()] == [run_id]
    with pytest.raises(ProjectError, match="open in another window, so it is read-only"):
        project.star_run(run_id)
    assert not project.run(run_id).starred
    assert os.listdir(path / "runs") == []
