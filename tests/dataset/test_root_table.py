"""Folders move, and images are found again."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from fpt_core.dataset.project import Project
from fpt_core.errors import ProjectError
from tests.dataset.samples import new_image, project_with_image
from tests.pictures import write_image


def test_a_folder_that_has_moved_is_pointed_at_anew(tmp_path: Path) -> None:
    project = Project.create(tmp_path / "study")
    old, new = tmp_path / "data", tmp_path / "moved"
    plain, private = write_image(old / "one.png", 1), write_image(old / "Jane" / "two.png", 2)
    project.add([new_image(plain, "ab"), new_image(private, "cd", private_name=True)], [], old)
    shutil.move(old, new)
    project = Project.open(project.path)
    assert [root.path for root in project.missing_roots()] == [old]
    with pytest.raises(ProjectError, match="holds none of the 2 files"):
        project.relocate(old, tmp_path)
    with pytest.raises(ProjectError, match="was imported from"):
        project.relocate(tmp_path, new)
    assert project.relocate(old, new) == 2
    assert project.missing_roots() == []
    assert [image.path for image in Project.open(project.path).images()] == [
        new / "one.png",
        new / "Jane" / "two.png",
    ]


def test_project_and_data_move_together(tmp_path: Path) -> None:
    project_with_image(tmp_path / "here")
    shutil.move(tmp_path / "here", tmp_path / "there")
    (image,) = Project.open(tmp_path / "there" / "study").images()
    assert image.path == tmp_path / "there" / "data" / "one.png"
    assert image.path.is_file()
