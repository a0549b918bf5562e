"""Data for the window's tests."""

from __future__ import annotations

from pathlib import Path

from fpt_core.dataset.project import Project
from fpt_core.dataset.records import NewImage, SkippedFile
from tests.pictures import write_image


def write_slow_folder(root: Path) -> Path:
    """Class folders with enough pixels that their import can be interrupted."""
    first = write_image(root / "a" / "0.png", seed=0, size=1200)
    (root / "b").mkdir()
    for index in range(1, 200):
        (root / "ab"[index % 2] / f"{index}.png").hardlink_to(first)
    return root


def make_project(folder: Path) -> Project:
    """A project of six images in two classes, and one file that was left out."""
    project = Project.create(folder / "six.fptproject")
    places = [(name, split) for name in ("healthy", "ill") for split in ("train", "val", "test")]
    images = [
        NewImage(
            path=write_image(folder / "six" / class_name / f"{split}.png", seed),
            image_hash=f"{seed:064x}",
            class_name=class_name,
            split=split,
            patient=None,
            width=48,
            height=48,
        )
        for seed, (class_name, split) in enumerate(places)
    ]
    left_out = SkippedFile(str(folder / "six" / "ill" / "broken.png"), "It is truncated.")
    project.add(images, [left_out], folder / "six")
    return project
