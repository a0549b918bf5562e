"""What is said of patches is what the probe's summaries owe to them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from fpt_core.explain.summaries import (
    CLASS_TOKENS,
    MEAN_TOKENS,
    TracedSummaries,
    mean_on_grid,
    onto_grid,
)
from fpt_core.models.backbone import FrozenBackbone, TracedBlock, load_backbone

BLOCKS = (2, 3)
CLASSES = 3
Case = tuple[TracedSummaries, Tensor]


def traced(backbone: FrozenBackbone, blocks: tuple[int, ...] = BLOCKS) -> Case:
    trace: list[TracedBlock] = []
    size = backbone.image_size
    images = torch.randn(1, 3, size, size, generator=torch.Generator().manual_seed(1))
    _, summaries = backbone.tokens_and_summaries(images, blocks, 0.5, "global", trace=trace)
    return TracedSummaries(backbone, blocks, trace), summaries


@pytest.fixture
def case(backbone: FrozenBackbone) -> Case:
    return traced(backbone)


def test_with_every_patch_the_summaries_are_the_backbones(case: Case) -> None:
    told = case[0].without(torch.zeros(1, 16, dtype=torch.bool))
    torch.testing.assert_close(told, case[1], atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize(
    "name",
    ["vit_small_patch16_dinov3.lvd1689m", "eva02_tiny_patch14_224", "vit_base_patch16_siglip_224"],
)
def test_it_is_so_with_registers_rotary_embedding_and_without_class_token(name: str) -> None:
    backbone = load_backbone(name, None, 32 if "14" not in name else 28)
    blocks = (backbone.depth - 3, backbone.depth - 2, backbone.depth - 1)
    summaries, expected = traced(backbone, blocks)
    patches = backbone.grid_size[0] * backbone.grid_size[1]
    told = summaries.without(torch.zeros(1, patches, dtype=torch.bool))
    torch.testing.assert_close(told, expected, atol=1e-4, rtol=1e-3)


def test_evidence_is_what_scores_lose_without_the_patch(case: Case) -> None:
    summaries, expected = case
    weights = torch.randn(CLASSES, *expected.shape[1:], generator=torch.Generator().manual_seed(2))
    removed = torch.cat([torch.zeros(1, 16, dtype=torch.bool), torch.eye(16, dtype=torch.bool)])
    read = summaries.without(removed)
    evidence = summaries.evidence(weights)
    kinds = {CLASS_TOKENS: slice(0, None, 2), MEAN_TOKENS: slice(1, None, 2)}
    for name, rows in kinds.items():
        scores = torch.einsum("vnc,knc->vk", read[:, rows], weights[:, rows])
        lost = (scores[:1] - scores[1:]).T
        if name == MEAN_TOKENS:
            torch.testing.assert_close(evidence[name], lost, atol=1e-4, rtol=1e-3)
            torch.testing.assert_close(
                evidence[name].sum(1), torch.zeros(CLASSES), atol=1e-4, rtol=0
            )
        else:
            for told, true in zip(evidence[name], lost, strict=True):
                assert np.corrcoef(told.numpy(), true.numpy())[0, 1] > 0.9


def test_blocks_that_do_not_follow_each_other_are_read_apart(
    make_vit: Callable[..., Any],
) -> None:
    backbone = FrozenBackbone(make_vit(), "tiny", 32)
    summaries, expected = traced(backbone, (0, 3))
    told = summaries.without(torch.zeros(1, 16, dtype=torch.bool))
    torch.testing.assert_close(told, expected, atol=1e-5, rtol=1e-4)


def test_amounts_keep_their_sum_on_another_grid_and_values_their_mean() -> None:
    amounts = torch.rand(2, 14, 14)
    spread = onto_grid(amounts, (32, 32))
    torch.testing.assert_close(spread.sum((1, 2)), amounts.sum((1, 2)))
    assert float(onto_grid(torch.ones(1, 4, 4), (2, 2)).min()) == 4
    left = torch.zeros(1, 32, 32)
    left[..., :16] = 1
    torch.testing.assert_close(
        mean_on_grid(left, (14, 14))[0, 0], torch.tensor([1.0] * 7 + [0.0] * 7)
    )
