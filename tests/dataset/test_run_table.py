"""Runs, and whether their processes are there."""

from __future__ import annotations

import multiprocessing
import os
from pathlib import Path

import pytest

from fpt_core.dataset.project import Project
from fpt_core.errors import ProjectError


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


def test_a_run_is_named_noted_and_starred(tmp_path: Path) -> None:
    project = Project.create(tmp_path / "study")
    run_id = project.add_run("fpt+", "vit", {})
    project.rename_run(run_id, "  Baseline ")
    project.note_run(run_id, "Before the new scanner.")
    project.star_run(run_id)
    run = Project.open(project.path).run(run_id)
    assert (run.name, run.note, run.starred) == ("Baseline", "Before the new scanner.", True)
    project.star_run(run_id, False)
    assert not project.run(run_id).starred
    with pytest.raises(ProjectError, match="needs a name"):
        project.rename_run(run_id, " ")
    for change in (project.trash_run, project.restore_run, project.star_run):
        with pytest.raises(ProjectError, match="has no run 'other'"):
            change("other")


def test_a_run_goes_to_the_trash_and_comes_back(tmp_path: Path) -> None:
    project = Project.create(tmp_path / "study")
    kept, gone = (project.add_run("fpt+", "vit", {}) for _ in range(2))
    for run_id in (kept, gone):
        (project.runs_dir / run_id).mkdir()
    project.trash_run(gone)
    assert [run.id for run in project.runs()] == [kept]
    assert [run.id for run in project.runs(trashed=True)] == [gone]
    project.restore_run(gone)
    assert {run.id for run in project.runs()} == {kept, gone}
    project.trash_run(gone)
    assert project.empty_trash() == 1
    assert [path.name for path in project.runs_dir.iterdir()] == [kept]
    assert project.runs(trashed=True) == []
    with pytest.raises(ProjectError, match="has no run"):
        project.restore_run(gone)


def test_a_run_in_progress_is_not_deleted(tmp_path: Path) -> None:
    project = Project.create(tmp_path / "study")
    run_id = project.add_run("fpt+", "vit", {})
    project.update_run(run_id, status="running")
    with pytest.raises(ProjectError, match="is running, so it cannot be deleted"):
        project.trash_run(run_id)
    assert [run.id for run in project.runs()] == [run_id]
