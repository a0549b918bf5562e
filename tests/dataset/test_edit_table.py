"""Changes by hand: what they do, and that each can be taken back."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from fpt_core.dataset.project import Project
from fpt_core.errors import DatasetError
from tests.dataset.samples import new_image, project_with_image


def test_labels_change_and_change_back(tmp_path: Path) -> None:
    project = Project.create(tmp_path / "study")
    paths = [tmp_path / f"{number}.png" for number in range(4)]
    project.add([new_image(path, f"a{n}") for n, path in enumerate(paths)], [], tmp_path)
    ids = [image.id for image in project.images()]
    project.relabel(ids[:2], " b ", reader="Dr. Ito")
    project.rename_class("a", "c")
    project.rename_class("b", "c")
    project.exclude(ids[:3])
    assert project.counts() == {"c": {"train": 1, "val": 0, "test": 0}}
    assert [edit.what for edit in project.edits()] == [
        "3 images excluded",
        "2 images labelled “c”",
        "2 images labelled “c”",
        "2 images labelled “b”",
    ]
    assert project.edits()[-1].reader == "Dr. Ito"
    assert project.undo() == "3 images excluded"
    project.undo()
    assert project.class_names == ("b", "c")
    project.undo()
    project.undo()
    assert project.class_names == ("a",)
    assert project.undo() is None
    project.exclude(ids)
    project.include(ids[1:])
    assert [image.id for image in project.images()] == ids[1:]
    assert len(project.images(include_excluded=True)) == 4


def test_labels_that_cannot_be_are_refused(tmp_path: Path) -> None:
    project = project_with_image(tmp_path)
    with pytest.raises(DatasetError, match="needs a name"):
        project.relabel([1], "  ")
    with pytest.raises(DatasetError, match="no class 'z'"):
        project.rename_class("z", "a")


def _with_patients(tmp_path: Path) -> Project:
    """Patients p and q in training, linked by a copy of one image, r in test; two folds."""
    project = Project.create(tmp_path / "study")
    of = {"1.png": ("a1", "p", 0), "2.png": ("a2", "p", 0), "3.png": ("a2", "q", 0),
          "4.png": ("a4", None, 1), "5.png": ("a5", "s", 1), "6.png": ("a6", "s", 1)}  # fmt: skip
    images = [
        new_image(tmp_path / name, content, patient, fold=fold)
        for name, (content, patient, fold) in of.items()
    ]
    test = dataclasses.replace(new_image(tmp_path / "7.png", "a7", "r"), split="test")
    project.add([*images, test], [], tmp_path)
    return project


def _splits(project: Project) -> dict[str, tuple[str, int | None]]:
    return {image.path.stem: (image.split, image.fold) for image in project.images()}


def test_a_moved_image_takes_its_whole_patient_along(tmp_path: Path) -> None:
    project = _with_patients(tmp_path)
    before = _splits(project)
    (first,) = (image.id for image in project.images() if image.path.stem == "1")
    assert project.move([first], "test") == 3
    moved = dict.fromkeys("123", ("test", None))
    assert _splits(project) == {**before, **moved}
    assert project.undo() == "3 images moved to test"
    assert _splits(project) == before


def test_an_image_that_leaves_the_test_split_gets_the_smallest_fold(tmp_path: Path) -> None:
    project = _with_patients(tmp_path)
    (last,) = (image.id for image in project.images("test"))
    project.move([last], "val")
    assert _splits(project)["7"] == ("val", 0)


def test_undoing_a_move_does_not_divide_a_patient_of_whom_images_came_since(
    tmp_path: Path,
) -> None:
    project = _with_patients(tmp_path)
    (last,) = (image.id for image in project.images("test"))
    project.move([last], "val")
    later = dataclasses.replace(new_image(tmp_path / "8.png", "a8", "r", fold=0), split="val")
    project.add([later], [], tmp_path)
    project.undo()
    assert _splits(project)["7"] == _splits(project)["8"] == ("test", None)


def test_a_split_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="no split 'holdout'"):
        project_with_image(tmp_path).move([1], "holdout")
