"""Every remedy is one edit that can be undone."""

from __future__ import annotations

from pathlib import Path

import pytest

from fpt_core.dataset.audit.findings import Remedy
from fpt_core.dataset.audit.remedies import apply_remedy
from fpt_core.dataset.project import Project
from fpt_core.dataset.records import NewImage
from tests.pictures import write_image


def _project(tmp_path: Path) -> Project:
    project = Project.create(tmp_path / "study")
    new = [
        NewImage(
            path=write_image(tmp_path / "data" / f"{number}.png", number),
            image_hash=f"{number:064x}",
            class_name="a",
            split="train",
            patient=f"p{number // 2}",
            width=48,
            height=48,
        )
        for number in range(4)
    ]
    project.add(new, [], tmp_path / "data")
    return project


@pytest.mark.parametrize(
    "remedy",
    [
        Remedy("", "exclude", (1, 2)),
        Remedy("", "relabel", (1, 2), "b"),
        Remedy("", "move", (1,), "test"),
    ],
    ids=lambda remedy: remedy.action,
)
def test_a_remedy_is_carried_out_and_undone(tmp_path: Path, remedy: Remedy) -> None:
    project = _project(tmp_path)
    before = project.images(include_excluded=True)
    apply_remedy(project, remedy)
    after = project.images(include_excluded=True)
    changed = {new.id for old, new in zip(before, after, strict=True) if old != new}
    assert changed == {1, 2}  # a move takes the patient's other image along
    assert len(project.edits()) == 1
    project.undo()
    assert project.images(include_excluded=True) == before
