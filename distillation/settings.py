"""The settings of the distillation."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DistillationConfig:
    """How the student is made."""

    steps: int = 600
    """Optimiser steps."""
    depth: int = 8
    """Blocks of the student; width and heads are the teacher's."""
    batches: tuple[tuple[int, int], ...] = ((224, 4), (384, 2), (512, 1))
    """Input sizes, in pixels, and the images of a step at each."""
    batch_shares: tuple[float, ...] = (0.6, 0.3, 0.1)
    """How often each of ``batches`` is drawn."""
    procedural_share: float = 0.25
    """Share of the images that are procedural."""
    num_procedural: int = 1000
    """Different procedural images."""
    photograph_size: int = 384
    """Side of the decoded photographs, in pixels."""
    procedural_size: int = 512
    """Side of the procedural images, in pixels."""
    learning_rate: float = 5e-4
    """Rate between warm-up and decay."""
    warmup_steps: int = 50
    """Steps over which the rate rises from 0."""
    decay_share: float = 0.7
    """Share of the steps over which the rate falls to 0 at the end."""
    weight_decay: float = 0.01
    """AdamW's decoupled weight decay."""
    grad_clip: float = 1.0
    """Largest allowed norm of the gradient."""
    calibration_steps: int = 16
    """Steps on whose images the teacher's variances are measured before the first."""
    attention_rows: int = 64
    """Queries whose attention is compared in each head; the class token is always one."""
    seed: int = 0
    """Seeds procedural images, order, augmentation and sampled queries."""

    def learning_rate_at(self, step: int) -> float:
        """Rise, constant, linear fall: a run can be ended early by lowering ``steps``."""
        rising = (step + 1) / max(self.warmup_steps, 1)
        falling = (self.steps - step) / max(self.decay_share * self.steps, 1)
        return self.learning_rate * min(1.0, rising, falling)


def matching_blocks(depth: int, teacher_depth: int) -> tuple[int, ...]:
    """The teacher's block for each of the student's: evenly spaced, first and last included."""
    last = teacher_depth - 1
    return tuple(round(index * last / (depth - 1)) for index in range(depth))
