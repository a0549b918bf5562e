from __future__ import annotations

import pytest
import torch

from fpt_core.config import TrainingConfig
from fpt_core.training.optim import clip_gradient, cosine_rate, make_optimizer


def test_the_rate_falls_along_half_a_cosine() -> None:
    training = TrainingConfig(epochs=4, learning_rate=2.0)
    rates = [cosine_rate(training, step, steps_per_epoch=5) for step in range(20)]
    assert rates[0] == 2.0
    assert rates[10] == pytest.approx(1.0)
    assert rates[5] == pytest.approx(1 + 2**-0.5)
    assert rates == sorted(rates, reverse=True)
    assert 0 < rates[-1] < 0.02


def test_frozen_parameters_are_left_out_of_the_optimiser() -> None:
    model = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Linear(2, 2))
    model[0].requires_grad_(False)
    [group] = make_optimizer(model, TrainingConfig(weight_decay=0.3)).param_groups
    assert [id(p) for p in group["params"]] == [id(p) for p in model[1].parameters()]
    assert group["weight_decay"] == 0.3


def test_the_gradient_is_clipped_to_its_norm() -> None:
    model = torch.nn.Linear(1, 2, bias=False)
    model.weight.grad = torch.tensor([[3.0], [4.0]])
    assert clip_gradient(model, TrainingConfig(grad_clip=1.0)) == pytest.approx(5.0)
    torch.testing.assert_close(model.weight.grad, torch.tensor([[0.6], [0.8]]))
