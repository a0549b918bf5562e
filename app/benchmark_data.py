"""A data set of any size for the window's benchmark."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import numpy as np
from PIL import Image

from fpt_core.dataset.project import Project
from fpt_core.dataset.records import SPLITS, ImageFacts, NewImage

_PICTURES = 500
_SIDE_PX = 64
_CLASSES = 5
_PER_PATIENT = 3


def make_project(folder: Path, images: int) -> Project:
    """A project of ``images`` small files below ``folder``; many have the same content."""
    root = folder / "images"
    pictures = [_write(folder / "pictures" / f"{seed}.png", seed) for seed in range(_PICTURES)]
    project = Project.create(folder / "benchmark.fptproject")
    facts = ImageFacts(format="PNG", perceptual_hash="0f" * 32)
    new = [
        NewImage(
            path=_link(pictures[number % _PICTURES], root / f"class {number % _CLASSES}", number),
            image_hash=hashlib.sha256(str(number).encode()).hexdigest(),
            class_name=f"class {number % _CLASSES}",
            split=SPLITS[number // _CLASSES % len(SPLITS)],
            patient=project.patient_hash(str(number // _PER_PATIENT)),
            width=_SIDE_PX,
            height=_SIDE_PX,
            facts=facts,
        )
        for number in range(images)
    ]
    project.add(new, [], root)
    return project


def make_folder(folder: Path, images: int) -> Path:
    """A folder per class with ``images`` different files."""
    for number in range(images):
        _write(folder / f"class {number % _CLASSES}" / f"new_{number:06d}.png", 10_000 + number)
    return folder


def _write(path: Path, seed: int) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(seed).integers(0, 256, (_SIDE_PX, _SIDE_PX), dtype=np.uint8)
    Image.fromarray(noise).save(path, compress_level=1)
    return path


def _link(picture: Path, folder: Path, number: int) -> Path:
    path = folder / f"scan_{number:06d}.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        path.hardlink_to(picture)
    except OSError:  # not every file system has links
        shutil.copyfile(picture, path)
    return path
