"""AdamW, the half-cosine schedule and gradient clipping, as published."""

from __future__ import annotations

import math

import torch
from torch import nn

from fpt_core.config import TrainingConfig


def make_optimizer(model: nn.Module, training: TrainingConfig) -> torch.optim.AdamW:
    """AdamW over everything learnable in ``model``."""
    learnable = [parameter for parameter in model.parameters() if parameter.requires_grad]
    return torch.optim.AdamW(
        learnable,
        lr=training.learning_rate,
        betas=training.betas,
        weight_decay=training.weight_decay,
        fused=True,
    )


def cosine_rate(training: TrainingConfig, step: int, steps_per_epoch: int) -> float:
    """Learning rate at ``step`` (from 0): from the base rate to 0 along half a cosine."""
    progress = step / (steps_per_epoch * training.epochs)
    return training.learning_rate * 0.5 * (1 + math.cos(math.pi * progress))


def clip_gradient(model: nn.Module, training: TrainingConfig) -> float:
    """Clip the gradient's norm and return what it was before."""
    return float(nn.utils.clip_grad_norm_(model.parameters(), training.grad_clip))
