"""What tests of training share: the recipe, and weights compared bit for bit."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import torch

from fpt_core.config import FptConfig, TrainingConfig, preset
from fpt_core.training.loop import Trainer

TRAINING = TrainingConfig(epochs=3, batch_size=4, learning_rate=1e-3)
STEPS_PER_EPOCH, STEPS = 3, 9

MakeTrainer = Callable[..., Trainer]


def tiny_config() -> FptConfig:
    """FPT+ at 32 and 16 px."""
    return dataclasses.replace(
        preset("fpt+"), image_size=32, side_image_size=16, side_reduction=2, num_prompts=3
    )


def same(first: dict[str, torch.Tensor], second: dict[str, torch.Tensor]) -> bool:
    """Whether two states are equal, bit for bit."""
    return first.keys() == second.keys() and all(
        torch.equal(tensor, second[key]) for key, tensor in first.items()
    )
