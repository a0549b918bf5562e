"""Train the student: seeded, and resumed from its checkpoint after any interruption."""

from __future__ import annotations

import copy
import dataclasses
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from distillation.matching import Variances, Watched, losses
from distillation.pool import ImagePool
from distillation.settings import DistillationConfig, matching_blocks

LOSS_WEIGHTS = {
    "tokens": 1.0,
    "class_token": 0.5,
    "states": 1.0,
    "attention": 0.5,
    "received": 2.0,
}
_STEPS_PER_CHECKPOINT = 50


def student_of(teacher: Any, depth: int) -> Any:
    """A ViT of ``depth`` blocks that begins as evenly spaced blocks of the teacher.

    Reference: Sanh et al., DistilBERT, 2019 (arXiv 1910.01108), section 3.
    """
    student = copy.deepcopy(teacher)
    blocks = matching_blocks(depth, len(teacher.blocks))
    student.blocks = nn.Sequential(*(student.blocks[index] for index in blocks))
    return student


def normalised(images: Tensor) -> Tensor:
    """From 0-1 to the teacher's mean and standard deviation, 0.5 each."""
    return (images - 0.5) / 0.5


class Distillation:
    """One run: the student, its optimiser and the step it has reached.

    Args:
        teacher: A plain timm ViT at a dynamic input size, normalised with mean = std = 0.5.
        pool: The images.
        config: The settings.
        checkpoint: Where the run is kept, and resumed from.
    """

    def __init__(
        self, teacher: Any, pool: ImagePool, config: DistillationConfig, checkpoint: Path
    ) -> None:
        self.student = student_of(teacher, config.depth).train().requires_grad_(True)
        blocks = matching_blocks(config.depth, len(teacher.blocks))
        self._teacher = Watched(teacher.eval().requires_grad_(False), blocks)
        self._watched = Watched(self.student, tuple(range(config.depth)))
        self._pool = pool
        self._config = config
        self._checkpoint = checkpoint
        self._optimiser = torch.optim.AdamW(
            self.student.parameters(), config.learning_rate, weight_decay=config.weight_decay
        )
        self._variances = self._measured_variances()
        self.step = 0
        if checkpoint.is_file():
            self._resume()

    def run(self) -> Iterator[dict[str, float]]:
        """Train to the end; yields what every step measured."""
        while self.step < self._config.steps:
            started = time.monotonic()
            measured = self._train_step()
            self.step += 1
            if self.step % _STEPS_PER_CHECKPOINT == 0 or self.step == self._config.steps:
                self.save()
            yield {"step": self.step, "seconds": time.monotonic() - started, **measured}

    def save(self) -> None:
        """Keep the run as it is."""
        state = {
            "step": self.step,
            "student": self.student.state_dict(),
            "optimiser": self._optimiser.state_dict(),
            "settings": json.dumps(dataclasses.asdict(self._config)),
        }
        partial = self._checkpoint.with_suffix(".part")
        torch.save(state, partial)
        partial.replace(self._checkpoint)

    def _resume(self) -> None:
        state = torch.load(self._checkpoint, weights_only=True)
        self.student.load_state_dict(state["student"])
        self._optimiser.load_state_dict(state["optimiser"])
        self.step = state["step"]

    @torch.no_grad()
    def _measured_variances(self) -> Variances:
        batches = map(self._pool.batch, range(self._config.calibration_steps))
        return Variances.of([self._teacher(normalised(images)) for images in batches])

    def _train_step(self) -> dict[str, float]:
        images = normalised(self._pool.batch(self.step))
        with torch.no_grad():
            wanted = self._teacher(images)
        rows = self._rows(wanted.tokens.shape[1])
        terms = losses(self._watched(images), wanted, self._variances, rows)
        total = sum(LOSS_WEIGHTS[name] * term for name, term in terms.items())
        assert isinstance(total, Tensor)
        for group in self._optimiser.param_groups:
            group["lr"] = self._config.learning_rate_at(self.step)
        self._optimiser.zero_grad()
        total.backward()
        nn.utils.clip_grad_norm_(self.student.parameters(), self._config.grad_clip)
        self._optimiser.step()
        return {name: term.item() for name, term in terms.items()}

    def _rows(self, num_tokens: int) -> Tensor:
        """The class token and a seeded choice of patches."""
        generator = torch.Generator().manual_seed(self._config.seed * 1_000_003 + self.step)
        patches = torch.randperm(num_tokens - 1, generator=generator) + 1
        return torch.cat(
            [torch.zeros(1, dtype=torch.long), patches[: self._config.attention_rows - 1]]
        )
