"""An answer taken apart adds up, for one side network and for the recommended method."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from fpt_core.config import PixelRecipe, preset
from fpt_core.explain.explained import SIDE_NETWORKS, Explained
from fpt_core.explain.summaries import CLASS_TOKENS, MEAN_TOKENS, TracedSummaries
from fpt_core.features.reading import SummedReading
from fpt_core.models.backbone import FrozenBackbone
from fpt_core.models.baselines.linear_probe import LinearProbe
from fpt_core.models.fpt import FptModel

CLASSES = 2
SIZE = 64


@pytest.fixture
def backbone(make_vit: Callable[..., Any]) -> FrozenBackbone:
    return FrozenBackbone(make_vit(img_size=SIZE), "tiny", SIZE)


def _members(backbone: FrozenBackbone, number: int) -> list[FptModel]:
    torch.manual_seed(0)
    config = dataclasses.replace(preset("fpt+", SIZE), side_image_size=32)
    members = [FptModel.for_backbone(config, backbone, CLASSES).eval() for _ in range(number)]
    for member in members:
        torch.nn.init.normal_(member.fusion.prompts)
        torch.nn.init.normal_(member.fusion.out_proj.weight, std=0.3)
        torch.nn.init.normal_(member.side.head.weight)
    return members


@pytest.fixture
def case(backbone: FrozenBackbone, monkeypatch: pytest.MonkeyPatch) -> tuple[Explained, Any]:
    """Two members, and a probe that reads the image at two sizes; with the logits they give."""
    monkeypatch.setattr("fpt_core.features.reading.low_size", lambda *_: 32)
    members = _members(backbone, 2)
    config = members[0].config
    reading = SummedReading(backbone, config, PixelRecipe(), "float32")
    traces = tuple([] for _ in reading.backbones)
    torch.manual_seed(1)
    pixels = np.random.default_rng(0).integers(0, 255, (32, 32, 3), np.uint8)
    tokens, summaries = reading.read(torch.randn(1, 3, SIZE, SIZE), [pixels], traces)
    side_image = torch.randn(1, 3, 32, 32)
    probe = LinearProbe(summaries[0].numel(), CLASSES).eval()
    read = zip(reading.backbones, traces, strict=True)
    explained = Explained(
        backbone,
        members,
        0.5,
        side_image,
        tokens,
        probe,
        [TracedSummaries(each, reading.spec.blocks, trace) for each, trace in read],
    )
    with torch.no_grad():
        side = [member(side_image, tokens.keys, tokens.values) for member in members]
        logits = 0.5 * torch.stack(side).mean(0) + probe(summaries.flatten(1))
    return explained, logits


def test_with_every_patch_it_is_the_models_answer(case: tuple[Explained, Any]) -> None:
    explained, logits = case
    told = explained.without(torch.zeros(1, 64, dtype=torch.bool))
    torch.testing.assert_close(told, logits, atol=1e-4, rtol=1e-3)
    assert len(explained.patches) == 64, "the probe reads all of them"


def test_evidence_is_what_the_logit_loses_without_the_patch(case: tuple[Explained, Any]) -> None:
    explained, _ = case
    parts = explained.parts()
    # As large as a patch of the smaller copy: of less than half of one, that loses nothing.
    blocks = torch.eye(16).view(16, 4, 4).repeat_interleave(2, 1).repeat_interleave(2, 2)
    removed = torch.cat([torch.zeros(1, 64), blocks.flatten(1)]).bool()
    logits = explained.without(removed)
    contrast = logits - logits.mean(1, keepdim=True)
    lost = (contrast[:1] - contrast[1:]).T
    told_of_blocks = parts.evidence.flatten(1) @ blocks.flatten(1).T
    for told, true in zip(told_of_blocks, lost, strict=True):
        assert np.corrcoef(told.numpy(), true.numpy())[0, 1] > 0.8


def test_its_readers_and_their_shares_are_named(case: tuple[Explained, Any]) -> None:
    shares = case[0].parts().shares
    assert set(shares) == {SIDE_NETWORKS, MEAN_TOKENS, CLASS_TOKENS}
    assert sum(shares.values()) == pytest.approx(1)
    assert min(shares.values()) > 0


def test_a_single_side_network_reads_what_it_was_handed_and_no_more(
    backbone: FrozenBackbone,
) -> None:
    [member] = _members(backbone, 1)
    tokens = backbone.important_tokens(torch.randn(1, 3, SIZE, SIZE), (2, 3), 0.1, "global")
    explained = Explained(backbone, [member], 1.0, torch.randn(1, 3, 32, 32), tokens)
    parts = explained.parts()
    assert parts.shares == {SIDE_NETWORKS: 1.0}
    handed = np.zeros(64, bool)
    handed[explained.patches] = True
    assert 0 < handed.sum() < 64
    assert not parts.evidence.flatten(1)[:, ~handed].any()
    assert not parts.read.flatten()[~handed].any()
