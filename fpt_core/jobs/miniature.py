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

from fpt_core.auto.folds import MOST_FOLDS
from fpt_core.config import AUTO, DEFAULT_IMAGE_SIZE, PixelRecipe, TrainingConfig, shape_of
from fpt_core.dataset.project import Project
from fpt_core.dataset.records import ImageRecord, NewImage
from fpt_core.device import resolve_device
from fpt_core.events import EpochCompleted, Event, Finished, Progress, RunStarted, StepCompleted
from fpt_core.features.extract import PREPARING
from fpt_core.jobs.apart import outcome
from fpt_core.jobs.backbones import chosen_backbone
from fpt_core.jobs.prepare import reading_for
from fpt_core.jobs.requests import PrepareRequest, TrainRequest
from fpt_core.jobs.train import train
from fpt_core.memory_limit import used_bytes
from fpt_core.memory_meter import MemoryMeter
from fpt_core.model_card import load_card
from fpt_core.models.baselines.linear_probe import LinearProbe
from fpt_core.models.ensemble import Members
from fpt_core.models.fpt import FptModel
from fpt_core.models.methods import Network, build_network
from fpt_core.training.memory import images_at_once

THROUGH_BACKBONE = ("lora", "full")
"""Methods whose gradient goes through the backbone: their steps are expensive."""
_LARGEST_BATCH = 2**20
_CLASSES = 2
_EPOCHS = 2
"""The first one's checkpoint is slower than those that follow."""
_STEP_OVER_ANSWER = 2
"""How many times as long as its answer an image takes in a step, at least."""
_LEARNED_COPIES_BYTES = 3 * 4
"""Of a learnable number beside itself: its gradient and AdamW's two moments."""


@dataclass(frozen=True, slots=True)
class Miniature:
    """What is measured."""

    prepare: PrepareRequest
    batch_size: int
    """Where steps are expensive, no more than go through the network at once are measured."""
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
    other_image_s: float
    """Of other stages that go through the images, for one of them."""
    end_s: float
    """What the end takes beside the answers."""
    weights_bytes: int
    """The process with the backbone, before it does anything."""
    prepare_bytes: int
    """Peak until the network is there."""
    learning_bytes: int
    """The process with all that learning keeps, whatever the batch."""
    step_image_bytes: int
    """What every image that goes through the network at once adds to that."""
    images_at_once: int
    """In parts of how many images the largest batch goes through the network."""
    rest_bytes: int
    """Peak of checkpoints and evaluation."""


def measured(miniature: Miniature) -> Measured:
    """Run the job in miniature; to be called in a fresh process.

    Raises:
        FptError: If the job cannot be done with these settings.
    """
    device = resolve_device(miniature.prepare.device)
    through = miniature.prepare.method in THROUGH_BACKBONE
    if through:
        most = _images_at_once(miniature)
        miniature = dataclasses.replace(miniature, batch_size=min(miniature.batch_size, most))
    training = TrainingConfig(epochs=1 if through else _EPOCHS, batch_size=miniature.batch_size)
    with tempfile.TemporaryDirectory(prefix="fpt-estimate-") as name:
        project = _project(Path(name), miniature)
        prepare = dataclasses.replace(miniature.prepare, project=project.path)
        watch = Watch(device)
        for event in train(TrainRequest(prepare, training)):
            watch.see(event)
        return _told(watch, project, miniature)


def _project(folder: Path, miniature: Miniature) -> Project:
    """Two batches of examples: few images under many labels, for which records are shared."""
    project = Project.create(folder / "miniature")
    project.set_recipe(miniature.recipe)
    number = 2 * miniature.batch_size
    images = miniature.images[-number:]
    if miniature.prepare.method == AUTO:  # two classes alone, so that there are all folds
        number = min(number, 2 * len(images))
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


class Watch:
    """Takes the time and the memory of a job between its events.

    Args:
        device: Where it computes.

    Attributes:
        seconds: Of each part of the job: ``load``, ``prepare``, ``start``, ``end``, and
            ``other`` stages that go through images.
        prepared: Images that were prepared.
        others: Images that other stages went through.
        peak_bytes: Of memory: ``prepare``, ``step``, ``rest``.
        steps_s: Of every step.
        epochs_s: What every epoch added to its steps.
        started: What the run told when it began.
        result: What the job finished with.
    """

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self.seconds: dict[str, float] = {}
        self.peak_bytes: dict[str, int] = {}
        self.steps_s: list[float] = []
        self.epochs_s: list[float] = []
        self.started: RunStarted | None = None
        self.result: Finished | None = None
        self.weights_bytes = self.learning_bytes = 0
        self.prepared = self.others = 0
        self._last = time.perf_counter()
        self._begin()

    def see(self, event: Event) -> None:
        """Take note of an event that has just come."""
        now = time.perf_counter()
        passed, self._last = now - self._last, now
        match event:
            case Progress() if event.stage != PREPARING:
                self._add("other", passed)
                self.others = event.total
            case Progress() if event.done == 0:
                self._add("load", passed)
                self.weights_bytes = used_bytes(self._device)
            case Progress():
                self._add("prepare", passed)
                self.prepared = event.total
            case RunStarted():
                self._add("start", passed)
                self._end("prepare")
                self.started, self.learning_bytes = event, used_bytes(self._device)
            case StepCompleted():
                self.steps_s.append(passed)
            case EpochCompleted():
                self.epochs_s.append(passed)
                self._end("step")
            case Finished():
                self._add("end", passed)
                self._end("rest")
                self._meter.__exit__(None, None, None)
                self.result = event

    def _add(self, part: str, seconds: float) -> None:
        self.seconds[part] = self.seconds.get(part, 0.0) + seconds

    def _begin(self) -> None:
        self._base = used_bytes(self._device)
        self._meter = MemoryMeter(self._device).__enter__()

    def _end(self, phase: str) -> None:
        self._meter.__exit__(None, None, None)
        peak = self._base + self._meter.growth_bytes
        self.peak_bytes[phase] = max(peak, self.peak_bytes.get(phase, 0))
        self._begin()


def _told(watch: Watch, project: Project, miniature: Miniature) -> Measured:
    assert watch.result is not None, "a job ends with its result"
    assert watch.started is not None, "a run tells its start"
    batch, seconds, peaks = miniature.batch_size, watch.seconds, watch.peak_bytes
    learning = watch.learning_bytes + _LEARNED_COPIES_BYTES * watch.started.trainable_parameters
    at_once = _images_at_once(miniature)
    image_s = min(watch.steps_s, default=0.0) / batch
    answer_s = image_s / _STEP_OVER_ANSWER
    card = load_card(Path(watch.result.result["model"]))
    [store] = project.features_dir.iterdir()
    return Measured(
        backbone=card.backbone.name,
        patch_size=card.backbone.patch_size,
        store=store.name,
        record_bytes=_size(store.glob("*.bin")) // watch.prepared,
        load_s=seconds["load"],
        prepare_image_s=seconds["prepare"] / watch.prepared,
        start_s=seconds["start"],
        step_image_s=image_s,
        epoch_s=min(watch.epochs_s, default=0.0),
        answer_image_s=answer_s,
        other_image_s=seconds.get("other", 0.0) / max(1, watch.others),
        end_s=max(0.0, seconds["end"] - 2 * batch * answer_s),
        weights_bytes=watch.weights_bytes,
        prepare_bytes=peaks["prepare"],
        learning_bytes=learning,
        step_image_bytes=max(0, peaks.get("step", 0) - learning) // min(batch, at_once),
        images_at_once=at_once,
        rest_bytes=peaks["rest"],
    )


def _images_at_once(miniature: Miniature) -> int:
    """In parts of how many images a job with these settings computes the largest batch."""
    prepare = miniature.prepare
    backbone = outcome(chosen_backbone(prepare.backbone, prepare.image_size or DEFAULT_IMAGE_SIZE))
    config = shape_of(prepare.method, prepare.image_size)
    network: Network | Members
    if prepare.method == AUTO:
        assert config is not None, "the method has the shape of FPT+"
        members = [FptModel.for_backbone(config, backbone, _CLASSES) for _ in range(MOST_FOLDS)]
        network = Members(members)
    else:
        network = build_network(prepare.method, config, backbone, _CLASSES)
    if isinstance(network, LinearProbe):
        return _LARGEST_BATCH
    spec = reading_for(prepare, backbone, config, miniature.recipe).spec
    device = resolve_device(prepare.device)
    return images_at_once(network, spec, _LARGEST_BATCH, device, prepare.memory_limit_bytes)


def _size(files: Iterable[Path]) -> int:
    return sum(file.stat().st_size for file in files)
