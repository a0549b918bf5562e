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
