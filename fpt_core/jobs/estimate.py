"""What preparation and training would take, from the job in miniature on this machine."""

from __future__ import annotations

import dataclasses
import math
import shutil
import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import psutil
import torch

from fpt_core.auto.side_training import most_epochs
from fpt_core.backbone_catalogue import RANDOM_BACKBONE, candidates, missing_weights_error
from fpt_core.bundle import software_versions
from fpt_core.config import AUTO, DEFAULT_IMAGE_SIZE, TrainingConfig
from fpt_core.dataset.project import Project
from fpt_core.dataset.records import SPLITS, ImageRecord
from fpt_core.device import resolve_device
from fpt_core.errors import DatasetError
from fpt_core.evaluation.metrics import summarise
from fpt_core.evaluation.sample import Sample
from fpt_core.events import Event, Finished, Progress
from fpt_core.features.store import stored_hashes
from fpt_core.jobs.apart import apart
from fpt_core.jobs.environment import machine
from fpt_core.jobs.estimates import Cost, Estimate, Expected
from fpt_core.jobs.measurements import keep_measurement, kept_measurement, key_of
from fpt_core.jobs.miniature import THROUGH_BACKBONE, Measured, Miniature, measured
from fpt_core.jobs.nearest import Needs, Settings, nearest
from fpt_core.jobs.requests import BackboneChoice, EstimateRequest, PrepareRequest
from fpt_core.training.memory import UNASKED_IMAGES
from fpt_core.version import __version__

_SAMPLE = 4
_SAMPLE_OF_FOLDS = 10
"""Enough that each of five folds has images of two classes."""
_MEMBER_STEP = 0.3
"""A step of one side network over that of five which read the same batch, as measured."""
_USUAL_ERROR = {"memory": 0.05, "prepare": 0.1, "train": 0.2}
"""Shares within which measurements lie most often; ``fpt benchmark estimates`` on a quiet machine:
others that use it at the same time make seconds far less certain."""
_SURE = 0.02
"""Of what is computed rather than measured: rounding to whole blocks of the disk."""


_Found = tuple[Measured, str, bool]
"""A measurement, when it was made, and whether it had been kept."""


@dataclass(frozen=True, slots=True)
class _Work:
    """How much there is to do."""

    images: Sequence[ImageRecord]
    num_by_split: dict[str, int]
    num_classes: int
    epochs: int
    batch_size: int
    training: TrainingConfig

    @property
    def steps(self) -> int:
        """Of one epoch."""
        return self.num_by_split["train"] // self.batch_size


def estimate(request: EstimateRequest) -> Generator[Event, None, None]:
    """The estimation job: measures what was not measured before, and finishes with an estimate.

    ``Finished`` carries what ``Estimate.to_dict`` gives.

    Raises:
        ConfigError: If the settings cannot be used.
        DatasetError: If the project holds no image to train on.
        ProcessDiedError: If not even the miniature fits into memory.
    """
    project = Project.open(request.prepare.project)
    work = _work(project, request)
    device = resolve_device(request.prepare.device)
    backbone = _resolved(request.prepare.backbone)
    image_size = request.prepare.image_size or DEFAULT_IMAGE_SIZE
    prepare = dataclasses.replace(
        request.prepare, backbone=backbone, image_size=image_size, device=device.type
    )
    methods = tuple(dict.fromkeys((prepare.method, *request.beside)))
    found: dict[str, _Found] = {}
    for done, method in enumerate(methods):
        one = dataclasses.replace(prepare, method=method)
        asked = _measurement(project, one, work, request.afresh)
        found[method] = yield from _telling(
            asked, Progress("Measuring this machine", done, len(methods))
        )
    yield Progress("Measuring this machine", len(methods), len(methods))
    yield Finished(_estimate(project, prepare, work, device, found).to_dict())


def _telling(
    asked: Generator[None, None, _Found], progress: Progress
) -> Generator[Event, None, _Found]:
    """Tell ``progress`` whenever ``asked`` would wait, so that the job can be stopped there."""
    while True:
        try:
            next(asked)
        except StopIteration as end:
            found: _Found = end.value
            return found
        yield progress


def _work(project: Project, request: EstimateRequest) -> _Work:
    images = project.examples()
    counts = {split: sum(image.split == split for image in images) for split in SPLITS}
    if not counts["train"]:
        raise DatasetError(
            f"The project {project.path.name} holds no training images.",
            "Import a data set first.",
        )
    training = request.training
    batch = min(training.batch_size, counts["train"])
    classes = len(project.class_names)
    return _Work(images, counts, classes, training.epochs, batch, training)


def _resolved(choice: BackboneChoice) -> BackboneChoice:
    """The choice with the name and the weights that a job would take first."""
    if choice.allow_random:
        return dataclasses.replace(choice, name=choice.name or RANDOM_BACKBONE)
    if choice.weights is not None:
        return dataclasses.replace(choice, name=choice.name or choice.weights.stem)
    found = next(iter(candidates(choice.name)), None)
    if found is None:
        raise missing_weights_error(choice.name)
    return dataclasses.replace(choice, name=choice.name or found.name, weights=found.path)


# --- measuring --------------------------------------------------------------------


def _measurement(
    project: Project, prepare: PrepareRequest, work: _Work, afresh: bool
) -> Generator[None, None, _Found]:
    """The measurement of one method, when it was made, and whether it had been kept."""
    batch, auto = work.batch_size, prepare.method == AUTO
    in_parts = prepare.device == "cpu" and prepare.memory_limit_mb is None
    if in_parts and prepare.method in THROUGH_BACKBONE:
        batch = min(batch, UNASKED_IMAGES)  # one measurement serves larger ones
    images = _sample(work.images, _SAMPLE_OF_FOLDS if auto else min(_SAMPLE, 2 * batch))
    key = key_of(_question(prepare, batch, images))
    kept = None if afresh else kept_measurement(key)
    if kept is not None:
        return (*kept, True)
    miniature = Miniature(prepare, batch, images, project.recipe())
    result = yield from apart(measured, miniature)
    return result, keep_measurement(key, result), False


def _sample(images: Sequence[ImageRecord], number: int) -> tuple[ImageRecord, ...]:
    """Images of all sizes, the largest among them."""
    different = {image.image_hash: image for image in images}
    by_size = sorted(different.values(), key=lambda image: image.width * image.height)
    number = min(number, len(by_size))
    middles = [int((index + 0.5) * len(by_size) / number) for index in range(number - 1)]
    return tuple(by_size[index] for index in [*middles, -1])


def _question(prepare: PrepareRequest, batch: int, images: Sequence[ImageRecord]) -> dict[str, Any]:
    """All that a measurement depends on; of the images, their kind and rough size."""
    asked = dataclasses.asdict(prepare)
    del asked["project"]
    weights = prepare.backbone.weights
    changed = None if weights is None or not weights.exists() else weights.stat().st_mtime_ns
    return {
        "program": __version__,
        "versions": software_versions(),
        "machine": machine(),
        "prepare": asked,
        "weights_changed": changed,
        "batch": batch,
        "images": [
            (image.path.suffix.lower(), round(math.log2(max(1, image.width * image.height))))
            for image in images
        ],
    }


# --- from the miniature to the whole ----------------------------------------------------


def _estimate(
    project: Project,
    prepare: PrepareRequest,
    work: _Work,
    device: torch.device,
    found: dict[str, _Found],
) -> Estimate:
    chosen, when, kept = found[prepare.method]
    ready = stored_hashes(project.features_dir / chosen.store)
    to_prepare = len({image.image_hash for image in work.images} - ready)
    free_memory, free_disk = _free_memory(device), shutil.disk_usage(project.path).free
    evaluation_s = _evaluation_seconds(work)
    costs = {
        method: _cost(
            measurement,
            method,
            work,
            to_prepare if method == prepare.method else len(work.images),
            evaluation_s,
            (free_memory, free_disk),
        )
        for method, (measurement, _, _) in found.items()
    }
    assert prepare.image_size is not None, "it was filled in"
    settings = Settings(prepare.method, prepare.image_size, work.batch_size, prepare.dtype)
    needs = Needs(chosen, len(work.images), to_prepare, device.type, free_memory, free_disk)
    problems = needs.problems(settings, costs[prepare.method])
    return Estimate(
        project=str(project.path),
        backbone=chosen.backbone,
        image_size=prepare.image_size,
        batch_size=work.batch_size,
        epochs=work.epochs,
        dtype=prepare.dtype,
        images=len(work.images),
        to_prepare=to_prepare,
        device=device.type,
        free_memory_bytes=free_memory,
        free_disk_bytes=free_disk,
        chosen=costs[prepare.method],
        beside=tuple(cost for method, cost in costs.items() if method != prepare.method),
        problems=problems,
        nearest=nearest(settings, needs) if problems else None,
        measured=when,
        kept=kept,
    )


def _cost(
    m: Measured,
    method: str,
    work: _Work,
    to_prepare: int,
    evaluation_s: float,
    free: tuple[int, int],
) -> Cost:
    memory = max(
        m.prepare_bytes,
        m.learning_bytes + min(work.batch_size, m.images_at_once) * m.step_image_bytes,
        m.rest_bytes,
    )
    epoch_s = (
        work.steps * work.batch_size * m.step_image_s
        + work.num_by_split["val"] * m.answer_image_s
        + m.epoch_s
    )
    epochs: float = work.epochs
    if method == AUTO:
        found = most_epochs(work.training, len(work.images) - work.num_by_split["test"])
        epochs = found + _MEMBER_STEP * work.training.search_budget * work.epochs
    train_s = m.start_s + epochs * epoch_s + len(work.images) * m.answer_image_s + evaluation_s
    disk = m.record_bytes * len(work.images)
    memory_bytes = _within(memory, _USUAL_ERROR["memory"])
    return Cost(
        method=method,
        memory_bytes=memory_bytes,
        disk_bytes=_within(disk, _SURE),
        prepare_s=_within(m.load_s + to_prepare * m.prepare_image_s, _USUAL_ERROR["prepare"]),
        train_s=_within(train_s, _USUAL_ERROR["train"]),
        fits=memory_bytes.high <= free[0] and m.record_bytes * to_prepare <= free[1],
    )


def _within(value: float, error: float) -> Expected:
    return Expected(value, value / (1 + error), value * (1 + error))


def _evaluation_seconds(work: _Work) -> float:
    """What the intervals of the final evaluation take, by drawing answers for as many images."""
    started = time.perf_counter()
    rng = np.random.default_rng(0)
    names = [str(index) for index in range(max(2, work.num_classes))]
    for split in ("val", "test"):
        number = work.num_by_split[split]
        if number:
            answers = rng.dirichlet(np.ones(len(names)), number)
            targets = rng.integers(0, len(names), number)
            summarise(Sample.of(names, answers, targets, range(number)))
    return time.perf_counter() - started


def _free_memory(device: torch.device) -> int:
    """What a job may take: what is free, and what this process has already."""
    if device.type == "cuda":
        free, _ = torch.cuda.mem_get_info(device)
        return int(free)
    return int(psutil.virtual_memory().available + psutil.Process().memory_info().rss)
