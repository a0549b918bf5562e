"""The whole job on large photographs, ours and the published way: preparation and epochs."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Generator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from fpt_core.benchmark.measure import in_fresh_process
from fpt_core.benchmark.plain import PlainExample, PlainTraining, plain_tokens, store_plainly
from fpt_core.benchmark.scale import backbone_of
from fpt_core.config import TrainingConfig, preset
from fpt_core.dataset.project import Project
from fpt_core.dataset.records import NewImage
from fpt_core.events import EpochCompleted, Event, Finished, Progress
from fpt_core.features.resizing import resized, to_input
from fpt_core.images import read_image
from fpt_core.jobs.environment import machine
from fpt_core.jobs.requests import BackboneChoice, PrepareRequest, TrainRequest
from fpt_core.jobs.run import run
from fpt_core.models.fpt import FptModel
from fpt_core.training.data import Example, epoch_batches

_BACKBONE = "vit_tiny_patch16_224"
_CHOICE = BackboneChoice(_BACKBONE, allow_random=True)
_SIZE = (3000, 2000)
_CLASSES = 2
_PUBLISHED_EPOCHS = 20
_MEASURED_EPOCHS = 2


@dataclass(frozen=True, slots=True)
class JobTimes:
    """Seconds of one way."""

    prepare_s: float
    epoch_s: float
    whole_s: float
    """Preparation and 20 epochs."""


def whole_job(images: int = 120) -> Generator[Event, None, None]:
    """Prepare and train both ways on drawn photographs; ``Finished`` carries the ratios."""
    with tempfile.TemporaryDirectory(prefix="fpt-benchmark-") as name:
        folder = Path(name)
        yield Progress("Whole job", 0, 3)
        paths = _draw(folder, images)
        yield Progress("Whole job", 1, 3)
        ours = in_fresh_process(_ours, folder, paths)
        yield Progress("Whole job", 2, 3)
        plain = in_fresh_process(_plainly, folder, paths)
        yield Progress("Whole job", 3, 3)
    yield Finished(
        {
            "machine": machine(),
            "images": images,
            "originals_px": list(_SIZE),
            "ours": asdict(ours),
            "published_way": asdict(plain),
            "times_as_fast": {
                part: getattr(plain, part) / getattr(ours, part)
                for part in ("prepare_s", "epoch_s", "whole_s")
            },
        }
    )


def _draw(folder: Path, number: int) -> list[Path]:
    paths = []
    for index in range(number):
        rng = np.random.default_rng(index)
        small = rng.integers(0, 256, (_SIZE[1] // 8, _SIZE[0] // 8, 3), np.uint8)
        path = folder / f"{index:04d}.jpg"
        Image.fromarray(small).resize(_SIZE, Image.Resampling.BICUBIC).save(path, quality=90)
        paths.append(path)
    return paths


def _ours(folder: Path, paths: list[Path]) -> JobTimes:
    project = Project.create(folder / "job")
    project.add([_image(path, index) for index, path in enumerate(paths)], (), folder)
    request = PrepareRequest(project.path, "fpt+", _CHOICE, device="cpu")
    started = time.perf_counter()
    list(run(request))
    prepared = time.perf_counter() - started
    ends = []
    for event in run(TrainRequest(request, TrainingConfig(epochs=_MEASURED_EPOCHS))):
        if isinstance(event, EpochCompleted):
            ends.append(time.perf_counter())
    return _times(prepared, ends[1] - ends[0])


def _image(path: Path, index: int) -> NewImage:
    return NewImage(
        path=path,
        image_hash=f"{index:064x}",
        class_name=f"class-{index % _CLASSES}",
        split="train",
        patient=None,
        width=_SIZE[0],
        height=_SIZE[1],
    )


def _plainly(folder: Path, paths: list[Path]) -> JobTimes:
    config = preset("fpt+")
    backbone = backbone_of(_CHOICE, config.image_size)
    blocks = config.tapped_block_indices(backbone.depth)
    started = time.perf_counter()
    examples = []
    for index, path in enumerate(paths):
        [high] = resized(read_image(path), (config.image_size,))
        keys, values = plain_tokens(backbone, to_input(backbone, high), blocks, config.token_ratio)
        states = store_plainly(folder, path.stem, keys[:, 0], values[:, 0])
        examples.append(PlainExample(path, states, index % _CLASSES))
    prepared = time.perf_counter() - started
    torch.manual_seed(0)
    model = FptModel.for_backbone(config, backbone, _CLASSES)
    recipe = TrainingConfig()
    training = PlainTraining(model, backbone.mean, backbone.std, recipe)
    numbered = [Example(str(index), example.target) for index, example in enumerate(examples)]
    ends = []
    for epoch in range(_MEASURED_EPOCHS):
        for batch in epoch_batches(numbered, recipe, epoch):
            training.step([examples[int(example.image_hash)] for example in batch])
        ends.append(time.perf_counter())
    return _times(prepared, ends[1] - ends[0])


def _times(prepare_s: float, epoch_s: float) -> JobTimes:
    return JobTimes(prepare_s, epoch_s, prepare_s + _PUBLISHED_EPOCHS * epoch_s)


def print_whole_job(result: dict[str, Any]) -> None:
    """Both ways side by side."""
    width, height = result["originals_px"]
    print(f"{result['images']} JPEG originals of {width} x {height} px, {_BACKBONE}")
    for part, what in (
        ("prepare_s", "preparation"),
        ("epoch_s", "an epoch"),
        ("whole_s", f"all, {_PUBLISHED_EPOCHS} epochs"),
    ):
        ours, plain = result["ours"][part], result["published_way"][part]
        print(
            f"{what:<16} {ours:8.2f} s   published way {plain:8.2f} s   "
            f"{result['times_as_fast'][part]:.1f} times as fast"
        )
