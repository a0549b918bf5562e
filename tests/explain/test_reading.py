"""What is said of tokens is what they do."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch
from torch import Tensor

from fpt_core.config import preset
from fpt_core.explain.reading import answer_without, by_patch, read_tokens
from fpt_core.models.backbone import FrozenBackbone, ImportantTokens, load_backbone
from fpt_core.models.fpt import FptModel

Case = tuple[FptModel, Tensor, ImportantTokens]


@pytest.fixture(scope="module")
def backbone() -> FrozenBackbone:
    return load_backbone("vit_tiny_patch16_224", None, 64)


@pytest.fixture(params=["fpt", "fpt+"])
def case(request: pytest.FixtureRequest, backbone: FrozenBackbone) -> Case:
    torch.manual_seed(0)
    config = dataclasses.replace(preset(request.param), image_size=64, side_image_size=32)
    model = FptModel.for_backbone(config, backbone, 3).eval()
    # Fresh prompts hardly differ, and fresh heads say next to nothing.
    torch.nn.init.normal_(model.fusion.prompts)
    torch.nn.init.normal_(model.fusion.out_proj.weight, std=0.3)
    torch.nn.init.normal_(model.side.head.weight)
    tokens = backbone.important_tokens(
        torch.randn(1, 3, 64, 64),
        config.tapped_block_indices(backbone.depth),
        0.5,
        config.token_importance,
    )
    return model, torch.randn(1, 3, 32, 32), tokens


def _without(case: Case, removed: Tensor) -> Tensor:
    """Logits less their mean."""
    model, side_image, tokens = case
    logits = answer_without(model, side_image, tokens, removed)
    return logits - logits.mean(1, keepdim=True)


def test_the_answer_is_the_models_own(case: Case) -> None:
    model, side_image, tokens = case
    with torch.no_grad():
        expected = model(side_image, tokens.keys, tokens.values)
    reading = read_tokens(model, side_image, tokens)
    torch.testing.assert_close(reading.logits, expected[0], atol=1e-4, rtol=1e-4)
    nothing = torch.zeros(1, *tokens.indices[:, 0].shape, dtype=torch.bool)
    kept = answer_without(model, side_image, tokens, nothing)
    torch.testing.assert_close(kept, expected, atol=1e-4, rtol=1e-4)


def test_attention_and_evidence_are_divided_within_heads(case: Case) -> None:
    reading = read_tokens(*case)
    L, H, m = case[2].indices[:, 0].shape
    assert reading.evidence.shape == (3, L, H, m)
    torch.testing.assert_close(reading.attention.sum(-1), torch.ones(L, H))
    torch.testing.assert_close(reading.evidence.sum(-1), torch.zeros(3, L, H), atol=1e-4, rtol=0)
    torch.testing.assert_close(reading.evidence.sum(0), torch.zeros(L, H, m), atol=1e-4, rtol=0)


def test_evidence_is_what_the_logit_loses_without_the_token(case: Case) -> None:
    reading = read_tokens(*case)
    shape = case[2].indices[:, 0].shape
    tokens = torch.randperm(int(np.prod(shape)), generator=torch.Generator().manual_seed(1))[:60]
    removed = torch.zeros(1 + len(tokens), int(np.prod(shape)), dtype=torch.bool)
    removed[torch.arange(1, 1 + len(tokens)), tokens] = True
    logits = _without(case, removed.view(-1, *shape))
    lost = (logits[:1] - logits[1:]).T
    told = reading.evidence.flatten(1)[:, tokens]
    for target in range(3):
        agreement = np.corrcoef(lost[target].numpy(), told[target].numpy())[0, 1]
        assert agreement > 0.9


def test_a_head_without_tokens_reads_nothing(case: Case) -> None:
    everything = torch.ones(1, *case[2].indices[:, 0].shape, dtype=torch.bool)
    assert _without(case, everything).isfinite().all()


def test_sums_over_heads_and_blocks_lie_on_their_patch() -> None:
    indices = torch.tensor([[[0, 3], [2, 3]]])  # (L, H, m); one prefix token
    numbers = torch.tensor([[[9.0, 1.0], [-4.0, 2.0]]])
    np.testing.assert_allclose(by_patch(numbers, indices, (2, 2), 1), [[0, -4], [3, 0]])
