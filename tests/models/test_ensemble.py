"""Members that read one store, and a probe beside them."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
import torch

from fpt_core.config import preset
from fpt_core.models.ensemble import EnsembleModel, Members
from fpt_core.models.fpt import FptModel
from fpt_core.models.learned import learned_state, load_learned

CLASSES = 3
SUMMARIES = 8


@pytest.fixture
def members(backbone: Any) -> Members:
    torch.manual_seed(0)
    config = dataclasses.replace(preset("fpt+", 32), side_image_size=32)
    return Members([FptModel.for_backbone(config, backbone, CLASSES) for _ in range(3)]).eval()


def _read(backbone: Any, batch: int = 2) -> tuple[torch.Tensor, ...]:
    generator = torch.Generator().manual_seed(1)
    images = torch.randn(batch, 3, 32, 32, generator=generator)
    tokens, summaries = backbone.tokens_and_summaries(images, (2, 3), 0.5, "global")
    return images, tokens.keys, tokens.values, summaries


def test_together_they_answer_as_each_alone(members: Members, backbone: Any) -> None:
    *read, _ = _read(backbone)
    together = members(*read)
    alone = torch.stack([member(*read) for member in members.models], 1)
    assert together.shape == (2, 3, CLASSES)
    assert torch.allclose(together, alone, atol=1e-6)
    assert (together[:, 0] - together[:, 1]).abs().max() > 1e-3, "they differ"


def test_an_image_that_a_member_does_not_learn_from_gives_it_no_gradient(
    members: Members, backbone: Any
) -> None:
    from fpt_core.auto.fold_data import FoldObjective

    *read, _ = _read(backbone)
    folds = torch.tensor([[0, 1], [1, 1]])  # class, fold: both images are member 1's own
    FoldObjective(held=(0, 1, 2))(members(*read), folds).sum().backward()
    learned = [
        any(p.grad is not None and bool(p.grad.any()) for p in member.parameters())
        for member in members.models
    ]
    assert learned == [True, False, True]


def test_every_learnable_number_gets_a_gradient(members: Members, backbone: Any) -> None:
    *read, summaries = _read(backbone)
    model = EnsembleModel(members, summaries.shape[1], summaries.shape[2], CLASSES)
    torch.nn.init.normal_(model.probe.linear.weight)
    model(*read, None, None, summaries).square().sum().backward()
    assert all(p.grad is not None for p in model.parameters())


def test_it_is_the_mean_of_the_members_and_the_probe(members: Members, backbone: Any) -> None:
    *read, summaries = _read(backbone)
    model = EnsembleModel(members, summaries.shape[1], summaries.shape[2], CLASSES).eval()
    model.side_weight.fill_(0.25)
    expected = 0.25 * members(*read).mean(1) + model.probe(summaries.flatten(1))
    assert torch.allclose(model(*read, None, None, summaries), expected)


def test_its_state_says_its_shape(members: Members, backbone: Any) -> None:
    *read, summaries = _read(backbone)
    model = EnsembleModel(members, summaries.shape[1], summaries.shape[2], CLASSES).eval()
    model.side_weight.fill_(0.4)
    state = learned_state(model)
    again = EnsembleModel.holding(state, members.config, backbone).eval()
    load_learned(again, state)
    assert torch.equal(again(*read, None, None, summaries), model(*read, None, None, summaries))
