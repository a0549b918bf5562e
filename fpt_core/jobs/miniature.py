"""A training job in miniature on a few of a project's images: its seconds, memory and disk.

Whatever a method does, it is measured by what its own job does: the same preparation, steps,
checkpoints and evaluation, with fewer images and epochs.
"""

from __future__ import annotations

import dataclasses
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import torch

from fpt_core.config import PixelRecipe, TrainingConfig
from fpt_core.dataset.project import Project
from fpt_core.dataset.records import ImageRecord, NewImage
from fpt_core.device import resolve_device
from fpt_core.events import EpochCompleted, Event, Finished, Progress, RunStarted, StepCompleted
from fpt_core.jobs.requests import PrepareRequest, TrainRequest
from fpt_core.jobs.train import train
from fpt_core.memory_limit import used_bytes
from fpt_core.memory_meter import MemoryMeter
from fpt_core.model_card import load_card

THROUGH_BACKBONE = ("lora", "full")
"""Methods whose gradient goes through the backbone: a batch of one tells of larger ones."""
_LEARNED_COPIES_BYTES = 3 * 4
"""Of a learnable number beside itself: its gradient and AdamW's two moments."""


@dataclass(frozen=True, slots=True)
class Miniature:
    """What is measured."""

    prepare: PrepareRequest
    batch_size: int
    images: tuple[ImageRecord, ...]
    recipe: PixelRecipe


@dataclass(frozen=True, slots=True)
class Measured:
    """What the job took; memory is the whole process's, or the GPU's."""

    backbone: str
    patch_size: int
    store: str
    """Name of the feature store's folder, the same in every project."""
    record_bytes: int
    """Of the feature store, for one image."""
    load_s: float
    """Until the first image is prepared: the backbone is read and verified."""
    prepare_image_s: float
    start_s: float
    """Until the first step: the network is built."""
    step_image_s: float
    """Of a step, for one of its images."""
    epoch_s: float
    """What an epoch adds to its steps: checkpoints."""
    answer_image_s: float
    """Answering one image at the end, or in validation."""
    weights_bytes: int
    """The process with the backbone, before it does anything."""
    prepare_bytes: int
    """Peak until the network is there."""
    learning_bytes: int
    """The process with all that learning keeps, whatever the batch."""
    step_image_bytes: int
    """What every image of a batch adds to that."""
    rest_bytes: int
    """Peak of checkpoints and evaluation."""


def measured(miniature: Miniature) -> Measured:
    """Run the job in miniature; to be called in a fresh process.

    Raises:
        FptError: If the job cannot be done with these settings.
    """
    device = resolve_device(miniature.prepare.device)
    with tempfile.TemporaryDirectory(prefix="fpt-estimate-") as name:
        project = _project(Path(name), miniature)
        prepare = dataclasses.replace(miniature.prepare, project=project.path)
        training = TrainingConfig(epochs=1, batch_size=miniature.batch_size)
        watch = _Watch(device)
        for event in train(TrainRequest(prepare, training)):
            watch.see(event)
        return watch.told(project, miniature)


def _project(folder: Path, miniature: Miniature) -> Project:
    """Two batches of examples: few images under many labels, for which records are shared."""
    project = Project.create(folder / "miniature")
    project.set_recipe(miniature.recipe)
    images, number = miniature.images, 2 * miniature.batch_size
    shared = [
        _example(images[index % len(images)], folder / f"{index}", index // len(images))
        for index in range(len(images), number)
    ]
    project.add(shared, (), folder)
    # Of equal content the last that was added is read.
    for index, image in enumerate(images):
        label = 0 if shared else index % 2  # training needs two classes
        project.add([_example(image, image.path, label)], (), image.path.parent)
    return project


def _example(image: ImageRecord, path: Path, label: int) -> NewImage:
    return NewImage(
        path=path,
        frame=image.frame,
        image_hash=image.image_hash,
        class_name=f"class-{label}",
        split="train",
        patient=None,
        width=image.width,
        height=image.height,
    )


class _Watch:
    """Takes the time and the memory of a job between its events.

    Args:
        device: Where it computes.
    """

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._times: dict[str, float] = {}
        self._peaks: dict[str, int] = {}
        self._steps: list[float] = []
        self._last = time.perf_counter()
        self._result: Finished | None = None
        self._started: RunStarted | None = None
        self._prepared = 0
        self._weights_bytes = self._learning_bytes = 0
        self._begin()

    def see(self, event: Event) -> None:
        """Take note of an event that has just come."""
        now = time.perf_counter()
        passed, self._last = now - self._last, now
        match event:
            case Progress() if event.done == 0:
                self._times["load"] = passed
                self._weights_bytes = used_bytes(self._device)
            case Progress():
                self._times["prepare"] = self._times.get("prepare", 0.0) + passed
                self._prepared = event.total
            case RunStarted():
                self._times["start"], self._started = passed, event
                self._end("prepare")
                self._learning_bytes = used_bytes(self._device)
            case StepCompleted():
                self._steps.append(passed)
            case EpochCompleted():
                self._times["epoch"] = passed
                self._end("step")
            case Finished():
                self._times["end"], self._result = passed, event
                self._end("rest")

    def _begin(self) -> None:
        self._base = used_bytes(self._device)
        self._meter = MemoryMeter(self._device).__enter__()

    def _end(self, phase: str) -> None:
        self._meter.__exit__(None, None, None)
        self._peaks[phase] = self._base + self._meter.growth_bytes
        self._begin()

    def told(self, project: Project, miniature: Miniature) -> Measured:
        """What was measured, when all events have been seen."""
        assert self._result is not None, "a job ends with its result"
        assert self._started is not None, "a run tells its start"
        self._meter.__exit__(None, None, None)
        examples = 2 * miniature.batch_size
        learned = _LEARNED_COPIES_BYTES * self._started.trainable_parameters
        learning = self._learning_bytes + learned
        card = load_card(Path(self._result.result["model"]))
        [store] = project.features_dir.iterdir()
        return Measured(
            backbone=card.backbone.name,
            patch_size=card.backbone.patch_size,
            store=store.name,
            record_bytes=_size(store.glob("*.bin")) // len(miniature.images),
            load_s=self._times["load"],
            prepare_image_s=self._times["prepare"] / self._prepared,
            start_s=self._times["start"],
            step_image_s=min(self._steps, default=self._times["end"]) / miniature.batch_size,
            epoch_s=self._times.get("epoch", 0.0),
            answer_image_s=self._times["end"] / examples,
            weights_bytes=self._weights_bytes,
            prepare_bytes=self._peaks["prepare"],
            learning_bytes=learning,
            step_image_bytes=max(0, self._peaks.get("step", 0) - learning) // miniature.batch_size,
            rest_bytes=self._peaks["rest"],
        )


def _size(files: Iterable[Path]) -> int:
    return sum(file.stat().st_size for file in files)
