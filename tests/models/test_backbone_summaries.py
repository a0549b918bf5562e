"""Summaries of blocks, and the backbone at another size on the same weights."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

from fpt_core.models.backbone import FrozenBackbone

BLOCKS = (1, 3)
SHAPES: dict[str, dict[str, Any]] = {
    "plain": {},
    "no class token": {"class_token": False, "global_pool": "avg"},
    "registers": {"reg_tokens": 2},
}


def _images(size: int = 32) -> torch.Tensor:
    return torch.randn(3, 3, size, size, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("shape", SHAPES)
def test_one_pass_gives_both(shape: str, make_vit: Callable[..., Any]) -> None:
    backbone = FrozenBackbone(make_vit(**SHAPES[shape]), "tiny", 32)
    tokens, summaries = backbone.tokens_and_summaries(_images(), BLOCKS, 0.5, "global")
    alone = backbone.important_tokens(_images(), BLOCKS, 0.5, "global")
    assert torch.equal(tokens.keys, alone.keys)
    assert torch.equal(tokens.indices, alone.indices)
    assert torch.allclose(summaries, backbone.summaries(_images(), BLOCKS), atol=1e-5)
    assert summaries.shape == (3, backbone.num_summaries(BLOCKS), backbone.embed_dim)


@pytest.mark.parametrize("shape", SHAPES)
def test_the_last_block_gives_what_probes_read(shape: str, make_vit: Callable[..., Any]) -> None:
    backbone = FrozenBackbone(make_vit(**SHAPES[shape]), "tiny", 32)
    last = backbone.summaries(_images(), BLOCKS)[:, backbone.num_summaries((1,)) :]
    assert torch.allclose(last.flatten(1), backbone.pooled_features(_images()), atol=1e-5)


def test_another_size_answers_as_if_it_were_loaded_at_it(make_vit: Callable[..., Any]) -> None:
    large, own = FrozenBackbone(make_vit(), "tiny", 64), FrozenBackbone(make_vit(), "tiny", 32)
    again = large.at_size(32)
    assert torch.allclose(
        again.pooled_features(_images()), own.pooled_features(_images()), atol=1e-6
    )
    assert again.weights_hash == own.weights_hash
    assert (large.image_size, again.image_size) == (64, 32)
    large.pooled_features(_images(64))  # it still reads its own size


def test_another_size_takes_no_memory_for_weights(make_vit: Callable[..., Any]) -> None:
    backbone = FrozenBackbone(make_vit(), "tiny", 64)
    other = backbone.at_size(32)
    own = {p.data_ptr() for p in backbone.vit.parameters()}
    apart = [n for n, p in other.vit.named_parameters() if p.data_ptr() not in own]
    assert apart == ["pos_embed"]
