"""What a whole run will take, from what its miniature took."""

from __future__ import annotations

import dataclasses
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import psutil
import torch

from fpt_core.auto.side_training import most_epochs
from fpt_core.backbone_catalogue import RANDOM_BACKBONE, candidates, missing_weights_error
from fpt_core.config import AUTO, DEFAULT_IMAGE_SIZE, TrainingConfig
from fpt_core.dataset.project import Project
from fpt_core.dataset.records import SPLITS, ImageRecord
from fpt_core.device import resolve_device
from fpt_core.errors import DatasetError
from fpt_core.evaluation.metrics import summarise
from fpt_core.evaluation.sample import Sample
from fpt_core.features.store import stored_hashes
from fpt_core.jobs.estimates import Cost, Expected
from fpt_core.jobs.miniature import Measured
from fpt_core.jobs.requests import BackboneChoice, PrepareRequest

_MEMBER_STEP = 0.3
"""A step of one side network over that of five which read the same batch, as measured."""
_USUAL_ERROR = {"memory": 0.05, "prepare": 0.1, "train": 0.2}
"""Shares within which measurements lie most often; ``fpt benchmark estimates`` on a quiet machine:
others that use it at the same time make seconds far less certain."""
_SURE = 0.02
"""Of what is computed rather than measured: rounding to whole blocks of the disk."""


class Workload:
    """The images of a project, as work.

    Args:
        project: Whose images they are.

    Raises:
        DatasetError: If there is none to train on.
    """

    def __init__(self, project: Project) -> None:
        self.images: Sequence[ImageRecord] = project.examples()
        self.num_by_split = {
            split: sum(image.split == split for image in self.images) for split in SPLITS
        }
        self._num_classes = len(project.class_names)
        self._features_dir = project.features_dir
        self._coming: dict[str, set[str]] = {}
        if not self.num_by_split["train"]:
            raise DatasetError(
                f"The project {project.path.name} holds no training images.",
                "Import a data set first.",
            )

    @property
    def not_test(self) -> int:
        """Images that may be learned from."""
        return len(self.images) - self.num_by_split["test"]

    def batch_size(self, training: TrainingConfig) -> int:
        """That of ``training``, or what the images allow."""
        return min(training.batch_size, self.num_by_split["train"])

    def to_prepare(self, store: str) -> int:
        """Images that this feature store does not have, and no run before will have put there."""
        there = stored_hashes(self._features_dir / store) | self._coming.get(store, set())
        return len({image.image_hash for image in self.images} - there)

    def will_prepare(self, store: str) -> None:
        """A run will have put all images there."""
        self._coming[store] = {image.image_hash for image in self.images}

    @cached_property
    def evaluation_s(self) -> float:
        """What the final evaluation takes for its intervals, by drawing as many answers."""
        started = time.perf_counter()
        rng = np.random.default_rng(0)
        names = [str(index) for index in range(max(2, self._num_classes))]
        for split in ("val", "test"):
            number = self.num_by_split[split]
            if number:
                answers = rng.dirichlet(np.ones(len(names)), number)
                targets = rng.integers(0, len(names), number)
                summarise(Sample.of(names, answers, targets, range(number)))
        return time.perf_counter() - started


@dataclass(frozen=True, slots=True)
class Free:
    """What a run may take."""

    memory_bytes: int
    disk_bytes: int

    @classmethod
    def now(cls, project: Project, device: torch.device, *, others_end: bool = False) -> Free:
        """Of this machine and the project's disk.

        Args:
            project: Where the store will be.
            device: Whose memory it is.
            others_end: Count what the program's other processes hold: their job will have ended.
        """
        return cls(_free_memory(device, others_end), shutil.disk_usage(project.path).free)


def filled_in(prepare: PrepareRequest) -> PrepareRequest:
    """``prepare`` with the backbone, size and device that a job would take.

    Raises:
        ConfigError: If the device is not there.
        WeightsError: If there are no weights.
    """
    return dataclasses.replace(
        prepare,
        backbone=_resolved(prepare.backbone),
        image_size=prepare.image_size or DEFAULT_IMAGE_SIZE,
        device=resolve_device(prepare.device).type,
    )


def expected_cost(
    m: Measured,
    method: str,
    training: TrainingConfig,
    work: Workload,
    to_prepare: int,
    free: Free,
) -> Cost:
    """The whole run's.

    Args:
        m: What the miniature took.
        method: What is trained.
        training: And how.
        work: On what.
        to_prepare: Images that are not prepared yet.
        free: What it may take.
    """
    batch, images = work.batch_size(training), len(work.images)
    memory = max(
        m.prepare_bytes,
        m.learning_bytes + min(batch, m.images_at_once) * m.step_image_bytes,
        m.rest_bytes,
    )
    train_s = (
        m.start_s
        + _epochs(method, training, work) * _epoch_seconds(m, method, batch, work)
        + images * m.answer_image_s
        + work.evaluation_s
    )
    memory_bytes = _within(memory, _USUAL_ERROR["memory"])
    return Cost(
        method=method,
        memory_bytes=memory_bytes,
        disk_bytes=_within(m.record_bytes * images, _SURE),
        prepare_s=_within(m.load_s + to_prepare * m.prepare_image_s, _USUAL_ERROR["prepare"]),
        train_s=training_time(train_s),
        fits=memory_bytes.high <= free.memory_bytes
        and m.record_bytes * to_prepare <= free.disk_bytes,
    )


def training_time(seconds: float) -> Expected:
    """So many seconds of training, with their usual error."""
    return _within(seconds, _USUAL_ERROR["train"])


def _epochs(method: str, training: TrainingConfig, work: Workload) -> float:
    """Epochs, or what the recommended method's search and members come to at the most."""
    if method != AUTO:
        return training.epochs
    members = most_epochs(training, work.not_test)
    return members + _MEMBER_STEP * training.search_budget * training.epochs


def _epoch_seconds(m: Measured, method: str, batch: int, work: Workload) -> float:
    learnt, judged = work.num_by_split["train"], work.num_by_split["val"]
    if method == AUTO:  # everything that is not test is learned from by some, judged by others
        learnt = judged = work.not_test
    return learnt // batch * batch * m.step_image_s + judged * m.answer_image_s + m.epoch_s


def _within(value: float, error: float) -> Expected:
    return Expected(value, value / (1 + error), value * (1 + error))


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


def _free_memory(device: torch.device, others_end: bool) -> int:
    """What is free, and what this process, or the whole program, has already."""
    if device.type == "cuda":
        free, total = torch.cuda.mem_get_info(device)
        return int(total if others_end else free)
    own = psutil.Process()
    parent = own.parent() if others_end else None
    ours = [own] if parent is None else parent.children(recursive=True)
    return int(psutil.virtual_memory().available + sum(p.memory_info().rss for p in ours))
