from __future__ import annotations

from pathlib import Path

import pytest

from app.project_access import ProjectAccess
from fpt_core.dataset.project import Project
from fpt_core.errors import ProjectError


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return Project.create(tmp_path / "study").path


def test_the_second_window_may_only_look(path: Path) -> None:
    first, second = ProjectAccess(), ProjectAccess()
    assert not first.open(path).read_only
    assert first.holder == ""

    project = second.open(path)
    assert project.read_only
    assert "process" in second.holder
    with pytest.raises(ProjectError, match="read-only"):
        project.keep("a", "b")

    first.close()
    assert not second.open(path).read_only
    second.close()


def test_opening_it_again_in_the_same_window_is_no_second_one(path: Path) -> None:
    access = ProjectAccess()
    access.open(path)
    assert not access.open(path).read_only
    access.close()


def test_a_failure_leaves_the_project_that_is_open(path: Path, tmp_path: Path) -> None:
    access, other = ProjectAccess(), ProjectAccess()
    access.open(path)
    with pytest.raises(ProjectError):
        access.open(tmp_path)

    assert other.open(path).read_only
    access.close()
    other.close()
