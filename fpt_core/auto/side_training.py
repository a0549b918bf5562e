"""Training side networks, a member a fold, and the short search for their settings before it."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from fpt_core.auto.fold_data import FoldExample, FoldObjective, FoldReader, learned_from
from fpt_core.config import FptConfig, TrainingConfig
from fpt_core.errors import ConfigError
from fpt_core.evaluation.cross_fit import SideSettings, Tried
from fpt_core.events import EpochCompleted, Event, Progress, StepCompleted
from fpt_core.models.ensemble import Members
from fpt_core.models.fpt import FptModel
from fpt_core.training.data import StoreReader
from fpt_core.training.loop import Trainer, TrainingData
from fpt_core.training.memory import images_at_once
from fpt_core.training.objective import Objective

PLAIN = SideSettings()
"""FPT+ as published."""
CANDIDATES = (
    PLAIN,
    dataclasses.replace(PLAIN, learning_rate=3e-3),
    dataclasses.replace(PLAIN, dropout=0.2),
    dataclasses.replace(PLAIN, side_reduction=16),
)
"""What the search tries; none takes more time than the plain preset."""
SEARCHING = "Searching settings"
"""The stage that the search tells."""
_LENGTH = 0.6
"""Epochs over those of a plain run: every member learns from the same batches as all others."""
_LEAST_STEPS = 60
"""However few images there are."""
_PATIENCE = 5
"""Epochs without a lower smoothed loss, after which training ends."""
_ROUNDS = 2
"""Of the search."""


@dataclass(frozen=True, slots=True)
class SideJob:
    """What side networks are trained on, whatever their settings.

    Args of ``trainer`` say the rest.
    """

    config: FptConfig
    backbone: dict[str, int]
    """``depth, embed_dim, num_heads, patch_size``."""
    class_names: tuple[str, ...]
    reader: StoreReader
    examples: tuple[FoldExample, ...]
    """Everything that is not test."""
    training: TrainingConfig
    folder: Path
    """For checkpoints."""
    memory_limit_bytes: int | None

    def members(self, settings: SideSettings, number: int) -> Members:
        """Fresh ones, each with weights of its own.

        Raises:
            ConfigError: If the backbone's width cannot be reduced so.
        """
        config = dataclasses.replace(
            self.config, dropout=settings.dropout, side_reduction=settings.side_reduction
        )
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self.training.seed)
            models = [
                FptModel(config, len(self.class_names), **self.backbone) for _ in range(number)
            ]
        return Members(models).to(self.reader.device)

    def trainer(
        self, settings: SideSettings, held: tuple[int, ...], epochs: int, name: str
    ) -> Trainer:
        """Trains a member for each fold in ``held``; one member on all where it is empty."""
        members = self.members(settings, max(1, len(held)))
        learnt = learned_from(self.examples, held) if held else list(self.examples)
        training = dataclasses.replace(
            self.training,
            epochs=epochs,
            batch_size=min(self.training.batch_size, len(learnt)),
            learning_rate=settings.learning_rate,
            grad_clip=self.training.grad_clip / math.sqrt(len(members)),
        )
        common = Objective.of(training, self.class_names, [e.target for e in learnt])
        spec = self.reader.spec
        return Trainer(
            members,
            TrainingData(
                FoldReader(self.reader, held), learnt, [e for e in self.examples if e.fold in held]
            ),
            training,
            self.folder / name,
            images_at_once(
                members, spec, training.batch_size, self.reader.device, self.memory_limit_bytes
            ),
            FoldObjective(common.class_weights, common.class_order, held or (-1,)),
            by_loss=True,
        )

    @property
    def epochs(self) -> int:
        """The most that the members are trained for."""
        return most_epochs(self.training, len(self.examples))


def most_epochs(training: TrainingConfig, images: int) -> int:
    """Epochs of the members on so many images, if nothing ends them before."""
    steps = max(1, images // training.batch_size)
    least = math.ceil(min(_LEAST_STEPS, 3 * training.epochs) / steps)
    return max(math.ceil(_LENGTH * training.epochs), least)


def search(
    job: SideJob, held: tuple[int, ...], budget: float
) -> Generator[Event, None, tuple[SideSettings, tuple[Tried, ...]]]:
    """The best of ``CANDIDATES`` by successive halving: each round half as many, twice as long.

    The plain preset takes part in every round, so that what is found is no worse out of fold.

    Args:
        job: What is trained on.
        held: Folds that can be held out.
        budget: In plain runs of one network; 0: no search.
    """
    left = [settings for settings in CANDIDATES if _fits(job, settings)]
    tried: dict[SideSettings, float] = {}
    latest: dict[SideSettings, float] = {}
    before = 0
    for turn in range(_ROUNDS if held else 0):
        epochs = int(budget * job.training.epochs / (_ROUNDS * len(left)))
        if epochs < 1:
            break
        latest = {}
        for number, settings in enumerate(left):
            trainer = job.trainer(settings, held[:1], epochs, f"search_{turn}_{number}.pt")
            whole = round(budget * job.training.epochs) * trainer.steps_per_epoch
            yield from _as_progress(trainer, before, whole)
            latest[settings] = -trainer.best_score[0]
            before += trainer.total_steps
        tried |= latest
        better = sorted(left, key=latest.__getitem__)[: len(left) // 2]
        left = list(dict.fromkeys([*better, PLAIN]))
    best = min(latest, key=latest.__getitem__, default=PLAIN)
    return best, tuple(
        Tried(f"side network, {settings}", loss, settings == best)
        for settings, loss in tried.items()
    )


def _as_progress(trainer: Trainer, before: int, whole: int) -> Generator[Event, None, None]:
    """Train; a step is progress of the search, whose earlier ones are ``before``."""
    yield Progress(SEARCHING, before + trainer.step, whole)
    for event in trainer.run():
        if isinstance(event, StepCompleted):
            yield Progress(SEARCHING, before + event.step, whole)
        elif not isinstance(event, EpochCompleted):
            yield event
    trainer.use_best()


def _fits(job: SideJob, settings: SideSettings) -> bool:
    try:
        job.members(settings, 1)
    except ConfigError:
        return False
    return True


def until_best(trainer: Trainer) -> Generator[Event, None, None]:
    """Train until the smoothed loss has not fallen for some epochs, and take the best up."""
    if not _is_done(trainer):
        for event in trainer.run():
            yield event
            if isinstance(event, EpochCompleted) and _is_done(trainer):
                break
    trainer.use_best()


def _is_done(trainer: Trainer) -> bool:
    epochs = len(trainer.history)
    measured = epochs > 0 and trainer.history[-1].val_loss is not None
    return measured and epochs - trainer.best_epoch >= _PATIENCE


def out_of_fold(trainer: Trainer, examples: Sequence[FoldExample]) -> NDArray[np.float64]:
    """Logits ``(n, classes)`` of images in held-out folds."""
    logits: NDArray[np.float64] = trainer.predict(examples)[0].double().numpy()
    return logits
