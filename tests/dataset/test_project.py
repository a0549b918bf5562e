"""The project folder: made, found, refused in words."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

import pytest

from fpt_core.config import CT_WINDOWS, PixelRecipe
from fpt_core.dataset.project import Project
from fpt_core.dataset.records import ImageFacts
from fpt_core.errors import ProjectError
from tests.dataset.samples import new_image, project_with_image


def test_create_adds_the_suffix_and_open_finds_it(tmp_path: Path) -> None:
    project = project_with_image(tmp_path)
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


def test_looks_at_the_test_split_are_counted(tmp_path: Path) -> None:
    project = Project.create(tmp_path / "study")
    assert project.test_looks() == []
    project.record_test_look("run 1")
    project.record_test_look("run 2")
    assert [what for _, what in project.test_looks()] == ["run 1", "run 2"]


def test_the_recipe_is_kept_and_volumes_stay_cut_as_they_were(tmp_path: Path) -> None:
    project = project_with_image(tmp_path)
    assert project.recipe() == PixelRecipe()
    coronal = PixelRecipe((CT_WINDOWS["lung"],), volume_axis="coronal")
    project.set_recipe(coronal)
    assert Project.open(project.path).recipe() == coronal
    facts = ImageFacts(format="NIfTI", num_frames=30)
    volume = new_image(tmp_path / "data" / "a.nii.gz", "cd", frame=12, facts=facts)
    project.add([volume], [], tmp_path / "data")
    project.set_recipe(PixelRecipe(volume_axis="coronal", fundus_crop=True))
    with pytest.raises(ProjectError, match="holds coronal slices of volumes; axial ones would"):
        project.set_recipe(PixelRecipe())
    assert project.recipe().volume_axis == "coronal"
