from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

from distillation.matching import Variances, Watched, losses

ROWS = torch.tensor([0, 3, 7])


@pytest.fixture
def images() -> torch.Tensor:
    return torch.randn(2, 3, 32, 32, generator=torch.Generator().manual_seed(0))


def test_a_perfect_student_has_nothing_to_learn(
    make_vit: Callable[..., Any], images: torch.Tensor
) -> None:
    teacher = Watched(make_vit(), (1, 3))(images)
    student = Watched(make_vit(), (1, 3))(images)

    found = losses(student, teacher, Variances.of([teacher]), ROWS)

    assert set(found) == {"tokens", "class_token", "states", "attention", "received"}
    assert all(abs(loss.item()) < 1e-6 for loss in found.values())


def test_every_loss_reaches_the_student(make_vit: Callable[..., Any], images: torch.Tensor) -> None:
    vit = make_vit(depth=2)
    teacher = Watched(make_vit(), (0, 3))(images)
    for name, loss in losses(
        Watched(vit, (0, 1))(images), teacher, Variances.of([teacher]), ROWS
    ).items():
        vit.zero_grad()
        loss.backward(retain_graph=True)
        assert vit.patch_embed.proj.weight.grad.abs().sum() > 0, name
