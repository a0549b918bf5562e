"""A study whose images are told apart by brightness most of the time, and a model of it."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from fpt_core.config import TrainingConfig
from fpt_core.dataset.project import Project
from fpt_core.dataset.records import ImageFacts, NewImage
from fpt_core.events import Finished
from fpt_core.jobs.requests import BackboneChoice, PrepareRequest, Request, TrainRequest
from fpt_core.jobs.run import run
from tests.pictures import write_image

ARCHITECTURE = "vit_tiny_patch16_224"


def finished(request: Request) -> dict[str, Any]:
    """The result of a job, as JSON gives it back."""
    last = list(run(request))[-1]
    assert isinstance(last, Finished)
    result: dict[str, Any] = json.loads(json.dumps(dict(last.result), allow_nan=False))
    return result


def train(project: Path, image_size: int = 64) -> dict[str, Any]:
    """A linear probe."""
    choice = BackboneChoice(ARCHITECTURE, allow_random=True)
    prepare = PrepareRequest(project, "linear-probe", choice, image_size, device="cpu")
    return finished(TrainRequest(prepare, TrainingConfig()))


def make_study(
    folder: Path,
    name: str,
    seed: int,
    classes: str = "dark bright",
    known: bool = True,
    folds: int = 0,
) -> Path:
    """60 patients with two pictures, whose brightness tells the class most of the time."""
    images = []
    for number in range(120):
        patient = number // 2
        brightness = 80 + 40 * (patient % 2) + (number * 37 + seed) % 60
        path = write_image(folder / name / f"{number}.png", 1000 * seed + number, brightness, 32)
        images.append(
            NewImage(
                path=path,
                image_hash=hashlib.sha256(path.read_bytes()).hexdigest(),
                class_name=classes.split()[patient % 2],
                split=("train", "val", "test")[patient // 2 % 3],
                fold=patient % folds if folds and patient // 2 % 3 != 2 else None,
                patient=f"hash of P{patient}" if known else None,
                width=32,
                height=32,
                facts=ImageFacts(
                    format="PNG",
                    mean=brightness / 255,
                    std=0.1,
                    columns={"site": "AB"[patient // 30], "eye": "LR"[number % 2]},
                ),
            )
        )
    project = Project.create(folder / name)
    project.add(images, [], folder)
    return project.path
