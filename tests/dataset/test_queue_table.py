"""Runs that wait, across restarts."""

from __future__ import annotations

from pathlib import Path

import pytest

from fpt_core.dataset.project import Project
from fpt_core.errors import ProjectError


def _queued(project: Project) -> list[int]:
    return [entry.settings["number"] for entry in Project.open(project.path).queue()]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    project = Project.create(tmp_path / "study")
    for number in range(4):
        project.enqueue({"number": number})
    return project


def test_comes_in_the_order_in_which_it_was_asked_for(project: Project) -> None:
    assert _queued(project) == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("number", "position", "expected"),
    [(3, 0, [3, 0, 1, 2]), (0, 2, [1, 2, 0, 3]), (1, 99, [0, 2, 3, 1]), (2, 2, [0, 1, 2, 3])],
)
def test_is_reordered(number: int, position: int, expected: list[int], project: Project) -> None:
    project.move_queued(project.queue()[number].id, position)
    assert _queued(project) == expected
    project.enqueue({"number": 4})
    assert _queued(project) == [*expected, 4]


def test_an_entry_leaves_when_its_run_is_there(project: Project) -> None:
    second = project.queue()[1]
    project.add_run("fpt+", "vit", second.settings, queued=second.id)
    assert _queued(project) == [0, 2, 3]


def test_a_run_that_was_not_queued_leaves_the_queue_alone(project: Project) -> None:
    project.add_run("fpt+", "vit", {})
    assert _queued(project) == [0, 1, 2, 3]


def test_numbers_are_not_used_again(project: Project) -> None:
    last = project.queue()[-1].id
    project.remove_queued(last)
    assert project.enqueue({"number": 9}, resume="run") > last
    assert project.queue()[-1].resume == "run"


def test_an_entry_that_is_not_there_is_told(project: Project) -> None:
    for change in (lambda: project.remove_queued(99), lambda: project.move_queued(99, 0)):
        with pytest.raises(ProjectError, match="has no entry 99"):
            change()
