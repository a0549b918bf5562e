"""The fast path against the published way: values and gradients, also of odd shapes."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest
import torch

from fpt_core.benchmark.plain import plain_logits, plain_tokens
from fpt_core.config import FptConfig, preset
from fpt_core.models.backbone import FrozenBackbone
from fpt_core.models.fpt import FptModel

BLOCKS = [(0, 1, 2, 3), (2, 3), (1,), (3,), (0, 2)]


def _config(method: str, blocks: tuple[int, ...] = (2, 3)) -> FptConfig:
    return dataclasses.replace(
        preset(method),
        image_size=32,
        side_image_size=16,
        side_reduction=2,
        prompt_reduction=2 if method == "fpt" else 1,
        tapped_blocks=blocks,
        num_prompts=3,
        dropout=0.0,
    )


@pytest.mark.parametrize("batch", [1, 3])
@pytest.mark.parametrize("blocks", BLOCKS)
def test_tokens(batch: int, blocks: tuple[int, ...], backbone: FrozenBackbone) -> None:
    images = torch.randn(batch, 3, 32, 32, generator=torch.Generator().manual_seed(1))
    fast = backbone.important_tokens(images, blocks, 0.3, "global")
    keys, values = plain_tokens(backbone, images, blocks, 0.3)
    torch.testing.assert_close(fast.keys, keys, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(fast.values, values, atol=1e-5, rtol=1e-5)


def test_tokens_of_a_backbone_with_more_tokens_than_a_block_of_queries(
    make_vit: Callable[..., Any],
) -> None:
    backbone = FrozenBackbone(make_vit(img_size=136), "tiny", 136)  # 290 tokens
    images = torch.randn(2, 3, 136, 136, generator=torch.Generator().manual_seed(1))
    fast = backbone.important_tokens(images, (1, 3), 0.1, "global")
    keys, values = plain_tokens(backbone, images, (1, 3), 0.1)
    torch.testing.assert_close(fast.keys, keys, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(fast.values, values, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("method", ["fpt", "fpt+"])
@pytest.mark.parametrize("batch", [1, 5])
@pytest.mark.parametrize("blocks", [(0, 1, 2, 3), (3,)])
def test_logits_and_gradients(
    method: str, batch: int, blocks: tuple[int, ...], backbone: FrozenBackbone
) -> None:
    torch.manual_seed(0)
    model = FptModel.for_backbone(_config(method, blocks), backbone, 3)
    model.fusion.prompts.data.normal_()  # as after training; at the start they are nearly zero
    side = torch.randn(batch, 3, 16, 16)
    keys, values = torch.randn(2, len(blocks), batch, backbone.num_heads, 5, backbone.head_dim)
    results = []
    for logits in (model(side, keys, values), plain_logits(model, side, keys, values)):
        model.zero_grad()
        torch.nn.functional.cross_entropy(logits, torch.arange(batch) % 3).backward()
        gradients = [parameter.grad.clone() for parameter in model.parameters()]
        results.append((logits.detach(), gradients))
    (fast, fast_gradients), (plain, plain_gradients) = results
    torch.testing.assert_close(fast, plain, atol=1e-5, rtol=1e-5)
    for ours, theirs in zip(fast_gradients, plain_gradients, strict=True):
        torch.testing.assert_close(ours, theirs, atol=1e-6, rtol=1e-4)
