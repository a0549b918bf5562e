"""The training loop of every method that learns by gradient: a generator of events.

Close it to stop: the checkpoint is written, and the same arguments go on from there.
"""

from __future__ import annotations

import contextlib
import dataclasses
import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from fpt_core.config import TrainingConfig
from fpt_core.device_trouble import LackOfMemoryError, told
from fpt_core.errors import ProjectError, TrainingError
from fpt_core.evaluation.metrics import macro_auc
from fpt_core.events import EpochCompleted, Event, StepCompleted, Warned
from fpt_core.memory_limit import used_bytes
from fpt_core.models.learned import learned_state, load_learned
from fpt_core.training.augmentation import Views
from fpt_core.training.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from fpt_core.training.data import Example, Part, Reader, epoch_batches, in_batches
from fpt_core.training.objective import Objective
from fpt_core.training.optim import clip_gradient, cosine_rate, make_optimizer

_CHECKPOINT_EVERY_S = 20.0
_LOWERED_RATE = 0.1
_SMOOTHED_EPOCHS = 3
_CROSS_ENTROPY = Objective()


class NotANumberError(TrainingError):
    """A loss that is no number any more."""


@dataclass(frozen=True, slots=True)
class TrainingData:
    """What to learn from."""

    reader: Reader
    train: Sequence[Example]
    val: Sequence[Example]


class Trainer:
    """Trains one model; ``run`` yields its events.

    Two states are kept beside each other: the latest, from which a stopped or killed run goes
    on, and that of the last whole epoch, to which a run returns whose loss is no number any more.

    Args:
        model: On the device it will be trained on; its weights are replaced by the
            checkpoint's where there is one.
        data: Training and validation images.
        training: The recipe.
        checkpoint_path: Where the run's state is kept; that of the last epoch lies beside it.
        images_at_once: In parts of how many images a batch goes through the model; ``None``:
            the whole batch.
        objective: The loss of an image.
        by_loss: Keep the epoch with the lowest validation loss, smoothed over neighbouring
            epochs, rather than the one with the highest AUC, which few images make noisy.
    """

    def __init__(
        self,
        model: nn.Module,
        data: TrainingData,
        training: TrainingConfig,
        checkpoint_path: Path,
        images_at_once: int | None = None,
        objective: Objective = _CROSS_ENTROPY,
        by_loss: bool = False,
    ) -> None:
        self.model = model
        self._data = data
        self._training = training
        self._path = checkpoint_path
        self._epoch_path = checkpoint_path.with_stem(f"{checkpoint_path.stem}_epoch")
        self._objective = objective
        self._by_loss = by_loss
        self._device = next(model.parameters()).device
        self._optimizer = make_optimizer(model, training)
        self.images_at_once = images_at_once or training.batch_size
        self.steps_per_epoch = len(data.train) // training.batch_size
        self.total_steps = self.steps_per_epoch * training.epochs
        self.step = 0
        self.best_model: dict[str, Tensor] | None = None
        self.best_score = (0.0, 0.0)
        self.best_epoch = 0
        self.history: list[EpochCompleted] = []
        self._rate_factor = 1.0
        self._epoch_loss = 0.0
        self._epoch_seconds = 0.0
        self._epoch_memory = 0
        if checkpoint_path.exists():
            self._restore(load_checkpoint(checkpoint_path))
        self._saved_at, self._saved_step = time.monotonic(), self.step

    def run(self) -> Generator[Event, None, None]:
        """Train to the end; afterwards ``best_model`` holds the best epoch's weights.

        Where memory runs out, a batch goes on in parts half as large, to the same gradient.
        Where the loss is no number any more, the last whole epoch is taken up again at a tenth
        of the learning rate, once.

        Raises:
            LackOfMemoryError: If not even one image fits.
            NotANumberError: If the loss stops being a number again.
        """
        started = time.monotonic()
        if self.step == 0 or not self._epoch_path.exists():
            save_checkpoint(self._epoch_path, self._state())
        try:
            while len(self.history) < self._training.epochs:
                trouble = None
                try:
                    yield from self._train_epoch(started)
                except LackOfMemoryError as error:
                    trouble = self._take_smaller_parts(error)
                except NotANumberError as error:
                    trouble = self._go_back(error)
                # What failed holds on to its memory until its error is gone.
                if trouble is not None:
                    yield trouble
        finally:
            # Also where the caller closes the generator between two steps.
            if self.step != self._saved_step and not _unsound(self.model):
                self._save()

    # --- an epoch -----------------------------------------------------------------------

    def _train_epoch(self, started: float) -> Generator[Event, None, None]:
        """What is left of the epoch, its validation and both checkpoints."""
        epoch = len(self.history)
        batches = epoch_batches(self._data.train, self._training, epoch)
        batches = batches[self.step - epoch * self.steps_per_epoch :]
        parts = [part for batch in batches for part in in_batches(batch, self.images_at_once)]
        with contextlib.closing(self._data.reader.stream(parts)) as stream:
            yield from self._train_batches(batches, stream, epoch, started)
        completed = self._complete_epoch(epoch, started)
        save_checkpoint(self._epoch_path, self._state())
        self._save()
        yield completed

    def _train_batches(
        self,
        batches: Sequence[Sequence[Example]],
        stream: Iterator[tuple[Part, Any]],
        epoch: int,
        started: float,
    ) -> Generator[Event, None, None]:
        for batch in batches:
            step_started = time.monotonic()
            loss, rate = self._train_step(len(batch), stream)
            seconds = max(time.monotonic() - step_started, 1e-9)
            memory = used_bytes(self._device)
            self._epoch_loss += loss
            self._epoch_seconds += seconds
            self._epoch_memory = max(self._epoch_memory, memory)
            self.step += 1
            if time.monotonic() - self._saved_at > _CHECKPOINT_EVERY_S:
                self._save()
            yield StepCompleted(
                epoch=epoch + 1,
                step=self.step,
                total_steps=self.total_steps,
                loss=loss,
                learning_rate=rate,
                memory_bytes=memory,
                images_per_s=len(batch) / seconds,
                elapsed_s=time.monotonic() - started,
            )

    def _train_step(
        self, batch_size: int, stream: Iterator[tuple[Part, Any]]
    ) -> tuple[float, float]:
        """One optimiser step; its randomness comes from seed and step alone."""
        self.model.train()
        rate = self._rate()
        for group in self._optimizer.param_groups:
            group["lr"] = rate
        self._optimizer.zero_grad(set_to_none=True)
        with told():
            value = self._gradient(batch_size, stream)
        if not np.isfinite(value):
            raise self._not_a_number("loss", self.step + 1)
        clip_gradient(self.model, self._training)
        self._optimizer.step()
        return value, rate

    def _rate(self) -> float:
        return self._rate_factor * cosine_rate(self._training, self.step, self.steps_per_epoch)

    def _gradient(self, batch_size: int, stream: Iterator[tuple[Part, Any]]) -> float:
        """Sum up the gradient of a batch's mean loss, part by part, and return the loss."""
        seed = self._training.seed * 1_000_003 + self.step
        views = Views.draw(batch_size, torch.Generator().manual_seed(seed))
        devices = [self._device] if self._device.type == "cuda" else []
        total = torch.zeros((), device=self._device)
        with torch.random.fork_rng(devices=devices):
            torch.manual_seed(seed)
            for start in range(0, batch_size, self.images_at_once):
                part, rows = next(stream)
                inputs = self._data.reader.inputs(part, rows, views[start : start + len(part)])
                losses = self._objective(inputs.logits(self.model), inputs.targets)
                loss = losses.sum() / batch_size
                loss.backward()
                total += loss.detach()
        return float(total)

    def _complete_epoch(self, epoch: int, started: float) -> EpochCompleted:
        logits, targets = self.predict(self._data.val)
        measured = len(targets) > 0
        val_loss = float(F.cross_entropy(logits, targets)) if measured else None
        if val_loss is not None and not np.isfinite(val_loss):
            raise self._not_a_number("validation loss", self.step)
        auc = macro_auc(logits.softmax(1).numpy(), targets.numpy()) if measured else None
        # Small validation sets tie often; the lower loss then decides. Without validation
        # nothing speaks against the latest weights.
        loss = val_loss if val_loss is not None else 0.0
        score = (auc if auc is not None else 0.0, -loss)
        if self._by_loss:
            lately = [epoch.val_loss or 0.0 for epoch in self.history[1 - _SMOOTHED_EPOCHS :]]
            score = (-float(np.mean([*lately, loss])), -loss)
        is_best = self.best_model is None or score > self.best_score or not measured
        if is_best:
            self.best_model, self.best_score = learned_state(self.model), score
            self.best_epoch = epoch + 1
        images = self.steps_per_epoch * self._training.batch_size
        completed = EpochCompleted(
            epoch=epoch + 1,
            epochs=self._training.epochs,
            train_loss=self._epoch_loss / self.steps_per_epoch,
            val_loss=val_loss,
            val_auc=auc,
            is_best=is_best,
            elapsed_s=time.monotonic() - started,
            learning_rate=self._optimizer.param_groups[0]["lr"],
            images_per_s=images / max(self._epoch_seconds, 1e-9),
            memory_bytes=self._epoch_memory,
        )
        self.history.append(completed)
        self._epoch_loss, self._epoch_seconds, self._epoch_memory = 0.0, 0.0, 0
        return completed

    @torch.no_grad()
    def predict(self, examples: Sequence[Example]) -> tuple[Tensor, Tensor]:
        """Logits and targets of ``examples`` with the present weights, without augmentation.

        Shape:
            ``(n, classes)`` and ``(n,)``, on the CPU.

        Raises:
            LackOfMemoryError: If memory runs out.
        """
        self.model.eval()
        targets = torch.tensor([example.target for example in examples], dtype=torch.long)
        logits = torch.empty(0, 0)
        done = 0
        reader = self._data.reader
        with told():
            for part, rows in reader.stream(list(in_batches(examples, self.images_at_once))):
                answer = reader.inputs(part, rows, views=None).logits(self.model)
                if done == 0:
                    # Answers kept one by one would lie between the large tensors of later parts,
                    # whose memory could then never be given back.
                    logits = torch.empty(len(examples), *answer.shape[1:], dtype=answer.dtype)
                logits[done : done + len(part)] = answer
                done += len(part)
        return logits, targets

    @property
    def seconds(self) -> float:
        """What the steps of all completed epochs took, over all resumptions."""
        images = self.steps_per_epoch * self._training.batch_size
        return sum(images / epoch.images_per_s for epoch in self.history)

    def use_best(self) -> None:
        """Put the best epoch's weights into the model."""
        if self.best_model is not None:
            load_learned(self.model, self.best_model)

    # --- trouble ------------------------------------------------------------------------

    def _take_smaller_parts(self, error: LackOfMemoryError) -> Warned:
        if self.images_at_once == 1:
            raise error
        self.images_at_once = -(-self.images_at_once // 2)
        self._optimizer.zero_grad(set_to_none=True)
        if self._device.type == "cuda":
            torch.cuda.empty_cache()
        return Warned(
            f"Memory ran out at step {self.step + 1}. Training goes on with "
            f"{self.images_at_once} images at once, whose gradients are added up to the same "
            f"batch of {self._training.batch_size}.",
            "Nothing needs to be done; it is slower.",
        )

    def _not_a_number(self, what: str, step: int) -> NotANumberError:
        return NotANumberError(
            f"The {what} stopped being a number at step {step}.",
            "Start again with a lower learning rate; the checkpoint before it is kept.",
        )

    def _go_back(self, error: NotANumberError) -> Warned:
        """Take up the last whole epoch at a lower rate; the second time, give up."""
        if self._rate_factor < 1:
            raise NotANumberError(
                f"{error.message.rstrip('.')} again, though the learning rate had been lowered to "
                f"{self._rate():.2g}.",
                "Start a new run with a lower learning rate; the best epoch so far is kept. If "
                "it happens again, look for damaged images with the audit.",
            ) from error
        self._restore(load_checkpoint(self._epoch_path))
        self._rate_factor = _LOWERED_RATE
        self._save()
        where = f"the end of epoch {len(self.history)}" if self.history else "the start"
        return Warned(
            f"{error.message} Training went back to {where} and goes on at a tenth of the "
            f"learning rate, {self._rate():.2g}.",
            "If this happens again, the run stops.",
        )

    # --- state --------------------------------------------------------------------------

    def _state(self) -> Checkpoint:
        return Checkpoint(
            step=self.step,
            model=learned_state(self.model),
            optimizer=self._optimizer.state_dict(),
            best_model=self.best_model,
            best_score=self.best_score,
            best_epoch=self.best_epoch,
            epoch_loss=self._epoch_loss,
            images_at_once=self.images_at_once,
            rate_factor=self._rate_factor,
            history=[dataclasses.asdict(epoch) for epoch in self.history],
        )

    def _save(self) -> None:
        save_checkpoint(self._path, self._state())
        self._saved_at, self._saved_step = time.monotonic(), self.step

    def _restore(self, checkpoint: Checkpoint) -> None:
        try:
            load_learned(self.model, checkpoint.model)
            self._optimizer.load_state_dict(checkpoint.optimizer)
            self.history = [EpochCompleted(**epoch) for epoch in checkpoint.history]
        except (RuntimeError, ValueError, TypeError, KeyError) as error:
            raise ProjectError(
                f"The checkpoint {self._path} is of a run with other settings.",
                "Restore the run's folder from a backup, or start a new run.",
            ) from error
        self.step, self._epoch_loss = checkpoint.step, checkpoint.epoch_loss
        self.best_model, self.best_score = checkpoint.best_model, checkpoint.best_score
        self.best_epoch = checkpoint.best_epoch
        self.images_at_once = checkpoint.images_at_once
        self._rate_factor = checkpoint.rate_factor
        self._epoch_seconds, self._epoch_memory = 0.0, 0


def _unsound(model: nn.Module) -> bool:
    return any(not bool(parameter.isfinite().all()) for parameter in model.parameters())
