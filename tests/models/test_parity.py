"""Our modules against numbers computed once with the authors' implementation."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors import safe_open
from torch import Tensor

from fpt_core.config import FptConfig, TrainingConfig
from fpt_core.models.backbone import FrozenBackbone
from fpt_core.models.fpt import FptModel
from fpt_core.models.timm_import import VisionTransformer
from fpt_core.training.optim import clip_gradient, cosine_rate, make_optimizer

_DEFAULT_DIR = Path(__file__).parents[1] / "golden"
_FILES = [
    path
    for folder in os.environ.get("FPT_GOLDEN_DIR", str(_DEFAULT_DIR)).split(os.pathsep)
    for path in sorted(Path(folder).glob("*.safetensors"))
]


class Golden:
    """One golden file: its configuration, tensors, and our modules with its weights."""

    def __init__(self, path: Path) -> None:
        with safe_open(path, "pt") as file:
            self.given: dict[str, Any] = json.loads(file.metadata()["config"])
            self.tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
        self.backbone = self._backbone()
        self.config = self._config()
        self.model = FptModel.for_backbone(
            self.config, self.backbone, self.given["num_classes"]
        ).eval()
        self.model.fusion.load_state_dict(self.part("fusion."))
        self.model.side.load_state_dict(self.part("side."))

    def part(self, prefix: str) -> dict[str, Tensor]:
        return {
            key.removeprefix(prefix): tensor
            for key, tensor in self.tensors.items()
            if key.startswith(prefix)
        }

    def _backbone(self) -> FrozenBackbone:
        given = self.given
        vit = VisionTransformer(
            img_size=given["image_size"],
            patch_size=given["patch_size"],
            embed_dim=given["embed_dim"],
            depth=given["depth"],
            num_heads=given["num_heads"],
            num_classes=0,
        )
        vit.load_state_dict(self.part("backbone."))
        return FrozenBackbone(vit, "golden", given["image_size"])

    def _config(self) -> FptConfig:
        given = self.given
        return FptConfig(
            image_size=given["image_size"],
            side_image_size=given["side_image_size"],
            tapped_blocks=tuple(given["layers"]),
            prompt_reduction=given["prompt_reduction"],
            prompt_norm=given["prompt_norm"],
            prompt_proj=given["prompt_proj"],
            side_reduction=given["side_reduction"],
            num_prompts=given["num_prompts"],
            token_ratio=given["token_ratio"],
            token_importance=given["token_importance"],
            dropout=0.0,
        )

    def important_tokens(self) -> tuple[Tensor, Tensor]:
        tokens = self.backbone.important_tokens(
            self.tensors["input.image"],
            self.config.tapped_block_indices(self.given["depth"]),
            self.config.token_ratio,
            self.config.token_importance,
        )
        return tokens.keys, tokens.values


@pytest.fixture(params=_FILES, ids=lambda path: path.stem)
def golden(request: pytest.FixtureRequest) -> Golden:
    return Golden(request.param)


def test_there_are_golden_files() -> None:
    assert _FILES


def test_selected_keys_and_values(golden: Golden) -> None:
    keys, values = golden.important_tokens()
    torch.testing.assert_close(keys, golden.tensors["expected.keys"], atol=1e-5, rtol=0)
    torch.testing.assert_close(values, golden.tensors["expected.values"], atol=1e-5, rtol=0)


def test_prompts_and_logits(golden: Golden) -> None:
    keys, values = golden.important_tokens()
    with torch.no_grad():
        prompts = golden.model.fusion(keys, values)
        logits = golden.model(golden.tensors["input.side_image"], keys, values)
    torch.testing.assert_close(prompts, golden.tensors["expected.prompts"], atol=1e-5, rtol=0)
    torch.testing.assert_close(logits, golden.tensors["expected.logits"], atol=1e-5, rtol=0)


def test_training_trace(golden: Golden) -> None:
    given, expected = golden.given, golden.tensors
    keys, values = golden.important_tokens()
    training = TrainingConfig(
        epochs=given["epochs"],
        batch_size=given["batch"],
        learning_rate=given["lr"],
        weight_decay=given["weight_decay"],
        betas=tuple(given["betas"]),
        grad_clip=given["grad_clip"],
    )
    optimizer = make_optimizer(golden.model, training)
    losses, rates, norms = [], [], []
    for step in range(given["steps"]):
        rate = cosine_rate(training, step, given["steps_per_epoch"])
        for group in optimizer.param_groups:
            group["lr"] = rate
        logits = golden.model(expected["input.side_image"], keys, values)
        loss = torch.nn.functional.cross_entropy(logits, expected["input.target"])
        optimizer.zero_grad()
        loss.backward()
        norms.append(clip_gradient(golden.model, training))
        optimizer.step()
        losses.append(loss.detach())
        rates.append(rate)
    for name, ours in (("losses", losses), ("lrs", rates), ("grad_norms", norms)):
        theirs = expected[f"expected.train_{name}"]
        torch.testing.assert_close(
            torch.as_tensor(ours), theirs, atol=1e-4, rtol=0, check_dtype=False
        )
    with torch.no_grad():
        after = golden.model(expected["input.side_image"], keys, values)
    torch.testing.assert_close(after, expected["expected.logits_after"], atol=1e-4, rtol=0)
