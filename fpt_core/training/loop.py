"""The training loop of FPT and FPT+: a generator of events.

Close it to stop: the checkpoint is written, and the same arguments go on from there.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from fpt_core.config import TrainingConfig
from fpt_core.errors import TrainingError
from fpt_core.evaluation.metrics import macro_auc
from fpt_core.events import EpochCompleted, Event, StepCompleted
from fpt_core.memory_limit import used_bytes
from fpt_core.models.fpt import FptModel
from fpt_core.training.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from fpt_core.training.data import (
    Example,
    Part,
    Rows,
    StoreReader,
    epoch_batches,
    in_batches,
)
from fpt_core.training.memory import images_at_once, state_to_cpu
from fpt_core.training.optim import clip_gradient, cosine_rate, make_optimizer

_CHECKPOINT_EVERY_S = 20.0


@dataclass(frozen=True, slots=True)
class TrainingData:
    """What to learn from."""

    reader: StoreReader
    train: Sequence[Example]
    val: Sequence[Example]


class Trainer:
    """Trains one model; ``run`` yields its events.

    Args:
        model: On the device it will be trained on; its weights are replaced by the
            checkpoint's where there is one.
        data: Training and validation images.
        training: The recipe.
        checkpoint_path: Where the run's state is kept.
        memory_limit_bytes: What the whole process may take; a batch then goes through the
            model in as many parts as that asks for.

    Raises:
        ConfigError: If not even one image at a time fits the limit.
    """

    def __init__(
        self,
        model: FptModel,
        data: TrainingData,
        training: TrainingConfig,
        checkpoint_path: Path,
        memory_limit_bytes: int | None = None,
    ) -> None:
        self.model = model
        self._data = data
        self._training = training
        self._path = checkpoint_path
        self._device = next(model.parameters()).device
        self._optimizer = make_optimizer(model, training)
        self.images_at_once = images_at_once(
            model, data.reader.spec, training.batch_size, self._device, memory_limit_bytes
        )
        self.steps_per_epoch = len(data.train) // training.batch_size
        self.total_steps = self.steps_per_epoch * training.epochs
        self.step = 0
        self.best_model: dict[str, Tensor] | None = None
        self.best_score = (0.0, 0.0)
        self.best_epoch = 0
        self._epochs_done = 0
        self._epoch_loss = 0.0
        self._saved_at = time.monotonic()
        if checkpoint_path.exists():
            self._restore(load_checkpoint(checkpoint_path))

    def run(self) -> Generator[Event, None, None]:
        """Train to the end; afterwards ``best_model`` holds the best epoch's weights.

        Raises:
            TrainingError: If the loss stops being a number.
        """
        started = time.monotonic()
        saved_step = self.step
        try:
            for epoch in range(self._epochs_done, self._training.epochs):
                yield from self._train_epoch(epoch, started)
                completed = self._complete_epoch(epoch, started)
                self._save()
                saved_step = self.step
                yield completed
        finally:
            # Also where the caller closes the generator between two steps.
            if self.step != saved_step and not _unsound(self.model):
                self._save()

    def _train_epoch(self, epoch: int, started: float) -> Generator[Event, None, None]:
        batches = epoch_batches(
            self._data.train, self._training.batch_size, self._training.seed, epoch
        )[self.step - epoch * self.steps_per_epoch :]
        parts = [part for batch in batches for part in in_batches(batch, self.images_at_once)]
        with contextlib.closing(self._data.reader.stream(parts)) as stream:
            yield from self._train_batches(batches, stream, epoch, started)

    def _train_batches(
        self,
        batches: Sequence[Sequence[Example]],
        stream: Iterator[tuple[Part, Rows]],
        epoch: int,
        started: float,
    ) -> Generator[Event, None, None]:
        for batch in batches:
            step_started = time.monotonic()
            loss, rate = self._train_step(len(batch), stream)
            self._epoch_loss += loss
            self.step += 1
            if time.monotonic() - self._saved_at > _CHECKPOINT_EVERY_S:
                self._save()
            yield StepCompleted(
                epoch=epoch + 1,
                step=self.step,
                total_steps=self.total_steps,
                loss=loss,
                learning_rate=rate,
                memory_bytes=used_bytes(self._device),
                images_per_s=len(batch) / max(time.monotonic() - step_started, 1e-9),
                elapsed_s=time.monotonic() - started,
            )

    def _train_step(
        self, batch_size: int, stream: Iterator[tuple[Part, Rows]]
    ) -> tuple[float, float]:
        """One optimiser step; its randomness comes from seed and step alone."""
        self.model.train()
        rate = cosine_rate(self._training, self.step, self.steps_per_epoch)
        for group in self._optimizer.param_groups:
            group["lr"] = rate
        self._optimizer.zero_grad(set_to_none=True)
        value = self._gradient(batch_size, stream)
        if not np.isfinite(value):
            raise TrainingError(
                f"The loss stopped being a number at step {self.step + 1}.",
                "Start again with a lower learning rate; the checkpoint before it is kept.",
            )
        clip_gradient(self.model, self._training)
        self._optimizer.step()
        return value, rate

    def _gradient(self, batch_size: int, stream: Iterator[tuple[Part, Rows]]) -> float:
        """Sum up the gradient of a batch's mean loss, part by part, and return the loss."""
        seed = self._training.seed * 1_000_003 + self.step
        augmentation = torch.Generator().manual_seed(seed)
        devices = [self._device] if self._device.type == "cuda" else []
        total = torch.zeros((), device=self._device)
        with torch.random.fork_rng(devices=devices):
            torch.manual_seed(seed)
            for _ in range(-(-batch_size // self.images_at_once)):
                part, rows = next(stream)
                inputs = self._data.reader.inputs(part, rows, augmentation)
                logits = inputs.logits(self.model)
                loss = F.cross_entropy(logits, inputs.targets, reduction="sum") / batch_size
                loss.backward()
                total += loss.detach()
        return float(total)

    def _complete_epoch(self, epoch: int, started: float) -> EpochCompleted:
        logits, targets = self.predict(self._data.val)
        measured = len(targets) > 0
        val_loss = float(F.cross_entropy(logits, targets)) if measured else None
        auc = macro_auc(logits.softmax(1).numpy(), targets.numpy()) if measured else None
        # Small validation sets tie often; the lower loss then decides. Without validation
        # nothing speaks against the latest weights.
        score = (auc if auc is not None else 0.0, -val_loss if val_loss is not None else 0.0)
        is_best = self.best_model is None or score > self.best_score or not measured
        if is_best:
            self.best_model, self.best_score = state_to_cpu(self.model), score
            self.best_epoch = epoch + 1
        train_loss, self._epoch_loss = self._epoch_loss / self.steps_per_epoch, 0.0
        self._epochs_done = epoch + 1
        return EpochCompleted(
            epoch=epoch + 1,
            epochs=self._training.epochs,
            train_loss=train_loss,
            val_loss=val_loss,
            val_auc=auc,
            is_best=is_best,
            elapsed_s=time.monotonic() - started,
        )

    @torch.no_grad()
    def predict(self, examples: Sequence[Example]) -> tuple[Tensor, Tensor]:
        """Logits and targets of ``examples`` with the present weights, without augmentation.

        Shape:
            ``(n, classes)`` and ``(n,)``, on the CPU.
        """
        self.model.eval()
        logits, targets = [], []
        reader = self._data.reader
        for part, rows in reader.stream(list(in_batches(examples, self.images_at_once))):
            inputs = reader.inputs(part, rows, generator=None)
            logits.append(inputs.logits(self.model).cpu())
            targets.append(inputs.targets.cpu())
        if not logits:
            return torch.empty(0, 0), torch.empty(0, dtype=torch.long)
        return torch.cat(logits), torch.cat(targets)

    def use_best(self) -> None:
        """Put the best epoch's weights into the model."""
        if self.best_model is not None:
            self.model.load_state_dict(self.best_model)

    def _save(self) -> None:
        save_checkpoint(
            self._path,
            Checkpoint(
                step=self.step,
                model=state_to_cpu(self.model),
                optimizer=self._optimizer.state_dict(),
                best_model=self.best_model,
                best_score=self.best_score,
                best_epoch=self.best_epoch,
                epochs_done=self._epochs_done,
                epoch_loss=self._epoch_loss,
            ),
        )
        self._saved_at = time.monotonic()

    def _restore(self, checkpoint: Checkpoint) -> None:
        self.model.load_state_dict(checkpoint.model)
        self._optimizer.load_state_dict(checkpoint.optimizer)
        self.step, self._epochs_done = checkpoint.step, checkpoint.epochs_done
        self.best_model, self.best_score = checkpoint.best_model, checkpoint.best_score
        self.best_epoch, self._epoch_loss = checkpoint.best_epoch, checkpoint.epoch_loss


def _unsound(model: FptModel) -> bool:
    return any(not bool(parameter.isfinite().all()) for parameter in model.parameters())
