"""A small project for tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fpt_core.dataset.project import Project
from fpt_core.dataset.records import NewImage, SkippedFile
from tests.pictures import write_image


def project_with_image(tmp_path: Path) -> Project:
    """A project of one image and one file left out."""
    project = Project.create(tmp_path / "study")
    path = write_image(tmp_path / "data" / "one.png", 1)
    image = new_image(path, "ab", patient=project.patient_hash("MRN 77"))
    bad = SkippedFile(str(tmp_path / "data" / "bad.png"), "It is truncated.")
    project.add([image], [bad], tmp_path / "data")
    return project


def new_image(path: Path, content: str, patient: str | None = None, **more: Any) -> NewImage:
    """An image whose content is told by two hexadecimal digits."""
    return NewImage(
        path=path,
        image_hash=content * 32,
        class_name="a",
        split="train",
        patient=patient,
        width=48,
        height=48,
        **more,
    )
