"""Copies of one content count once, unless their labels differ."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from fpt_core.dataset.project import Project
from tests.dataset.samples import new_image


def test_of_equal_copies_only_the_first_is_an_example(tmp_path: Path) -> None:
    project = Project.create(tmp_path / "study")
    first, copy, other = (
        new_image(tmp_path / f"{number}.png", content)
        for number, content in ((1, "a1"), (2, "a1"), (3, "b1"))
    )
    wrong = dataclasses.replace(first, path=tmp_path / "4.png", class_name="b")
    leak = dataclasses.replace(first, path=tmp_path / "5.png", split="test")
    project.add([first, copy, other, wrong, leak], [], tmp_path)
    assert [image.path.stem for image in project.examples()] == ["1", "4", "5", "3"]
    assert [image.path.stem for image in project.examples("train")] == ["1", "4", "3"]


def test_copies_with_another_label_are_counted(tmp_path: Path) -> None:
    project = Project.create(tmp_path / "study")
    images = [new_image(tmp_path / f"{number}.png", "a1") for number in range(3)]
    project.add([*images, new_image(tmp_path / "4.png", "b1")], [], tmp_path)
    assert project.num_conflicting() == 0
    project.relabel([project.images()[0].id], "b")
    assert project.num_conflicting() == 3
