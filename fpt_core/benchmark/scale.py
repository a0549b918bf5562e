"""What does not grow with the number of images: start of a run, seconds an image, memory."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Generator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from fpt_core.benchmark.measure import in_fresh_process
from fpt_core.config import TrainingConfig, preset
from fpt_core.dataset.project import Project
from fpt_core.dataset.records import NewImage
from fpt_core.events import EpochCompleted, Event, Finished, Progress, StepCompleted
from fpt_core.features.reading import store_spec
from fpt_core.features.store import StoreWriter
from fpt_core.jobs.backbones import chosen_backbone
from fpt_core.jobs.environment import machine
from fpt_core.jobs.requests import BackboneChoice, PrepareRequest, TrainRequest
from fpt_core.jobs.run import run
from fpt_core.memory_meter import MemoryMeter
from fpt_core.models.backbone import FrozenBackbone

_BACKBONE = "vit_tiny_patch16_224"
_IMAGE_SIZE = 64
"""Records of this size are small, so that ten thousand fit any disk."""
_NUMBERS = (100, 1000, 10_000)
_EPOCHS = 2


@dataclass(frozen=True, slots=True)
class Scaled:
    """One run on so many prepared images."""

    images: int
    store_bytes: int
    first_step_s: float
    """From the request to the first step; torch is imported already, as in a waiting worker."""
    second_epoch_s_per_image: float
    growth_bytes: int
    """Of resident memory during the whole run, answers and summary included, by the kernel."""


def scale(numbers: tuple[int, ...] = _NUMBERS) -> Generator[Event, None, None]:
    """Train on ever more synthetic records; ``Finished`` carries one row for each number."""
    rows: list[dict[str, Any]] = []
    for done, number in enumerate(numbers):
        yield Progress("Scaling", done, len(numbers))
        with tempfile.TemporaryDirectory(prefix="fpt-benchmark-") as folder:
            project = in_fresh_process(_fill, Path(folder), number)
            rows.append(asdict(in_fresh_process(_train, project, number)))
    yield Progress("Scaling", len(numbers), len(numbers))
    yield Finished({"machine": machine(), "rows": rows})


def backbone_of(choice: BackboneChoice, image_size: int) -> FrozenBackbone:
    """The backbone that a job would take, without what it tells meanwhile."""
    events = chosen_backbone(choice, image_size)
    while True:
        try:
            next(events)
        except StopIteration as end:
            backbone: FrozenBackbone = end.value
            return backbone


def print_scale(result: dict[str, Any]) -> None:
    """One line per number of images."""
    print(f"{'images':>8} {'store MB':>9} {'first step s':>13} {'ms/image':>9} {'growth MB':>10}")
    for row in result["rows"]:
        print(
            f"{row['images']:>8} {row['store_bytes'] / 1e6:>9.0f} {row['first_step_s']:>13.2f} "
            f"{1000 * row['second_epoch_s_per_image']:>9.2f} {row['growth_bytes'] / 1e6:>10.0f}"
        )


def _request(project: Path) -> PrepareRequest:
    backbone = BackboneChoice(_BACKBONE, allow_random=True)
    return PrepareRequest(project, "fpt+", backbone, image_size=_IMAGE_SIZE, device="cpu")


def _fill(folder: Path, number: int) -> Path:
    """A project of ``number`` images that were prepared; there are no files of them."""
    images = [
        NewImage(
            path=folder / f"{index}.png",
            image_hash=f"{index:064x}",
            class_name=f"class-{index % 2}",
            split="val" if index % 10 == 9 else "train",
            patient=f"{index:064x}",
            width=_IMAGE_SIZE,
            height=_IMAGE_SIZE,
        )
        for index in range(number)
    ]
    project = Project.create(folder / "scale")
    project.add(images, (), folder)
    request = _request(project.path)
    config = preset(request.method, request.image_size)
    backbone = backbone_of(request.backbone, config.image_size)
    spec = store_spec(backbone, config, project.recipe(), request.dtype)
    keys, values = torch.randn(2, *spec.tokens_shape)
    indices = torch.zeros(spec.tokens_shape[:3], dtype=torch.long)
    side = np.zeros((spec.side_image_size, spec.side_image_size, 3), np.uint8)
    with StoreWriter(project.features_dir, spec) as writer:
        for image in images:
            writer.append(image.image_hash, keys, values, indices, side)
    return project.path


def _train(project: Path, number: int) -> Scaled:
    torch.randn(8, 8) @ torch.randn(8, 8)
    started = time.perf_counter()
    first_step = 0.0
    ends: list[float] = []
    training = TrainingConfig(epochs=_EPOCHS)
    with MemoryMeter(torch.device("cpu")) as meter:
        for event in run(TrainRequest(_request(project), training)):
            if isinstance(event, StepCompleted) and event.step == 1:
                first_step = time.perf_counter() - started
            if isinstance(event, EpochCompleted):
                ends.append(time.perf_counter())
    store = next(iter((project / "features").iterdir()))
    size = sum(shard.stat().st_size for shard in store.glob("shard-*.bin"))
    return Scaled(number, size, first_step, (ends[1] - ends[0]) / number, meter.growth_bytes)
