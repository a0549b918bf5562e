from __future__ import annotations

import dataclasses
from typing import Any

import pytest
import torch

from fpt_core.config import FptConfig, preset
from fpt_core.errors import ConfigError
from fpt_core.models.backbone import FrozenBackbone
from fpt_core.models.fpt import FptModel
from fpt_core.models.learned import num_parameters

VIT_BASE = {"depth": 12, "embed_dim": 768, "num_heads": 12, "patch_size": 16}
FUSION_KEYS = {
    "fpt": {"prompts", "prompt_proj.weight", "prompt_proj.bias"},
    "fpt+": {"prompts", "layer_norm.weight", "layer_norm.bias"},
}


def _config(method: str, **changes: Any) -> FptConfig:
    small = {"image_size": 32, "side_image_size": 16, "side_reduction": 2, "num_prompts": 3}
    if method == "fpt":
        small["prompt_reduction"] = 2
    return dataclasses.replace(preset(method), **{**small, **changes})


def _inputs(
    config: FptConfig, backbone: FrozenBackbone, num_images: int = 2
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    torch.manual_seed(0)
    images = torch.randn(num_images, 3, 32, 32)
    tokens = backbone.important_tokens(
        images, config.tapped_block_indices(backbone.depth), 0.5, config.token_importance
    )
    return torch.randn(num_images, 3, 16, 16), tokens.keys, tokens.values


@pytest.mark.parametrize(("method", "expected"), [("fpt", 1_602_341), ("fpt+", 900_965)])
def test_learnable_parameters_with_vit_base_and_five_classes(method: str, expected: int) -> None:
    assert num_parameters(FptModel(preset(method), 5, **VIT_BASE)) == expected


@pytest.mark.parametrize("method", ["fpt", "fpt+"])
def test_a_gradient_reaches_every_learnable_parameter_and_no_frozen_one(
    method: str, backbone: FrozenBackbone
) -> None:
    config = _config(method, dropout=0.0)
    model = FptModel.for_backbone(config, backbone, 3)
    logits = model(*_inputs(config, backbone))
    assert logits.shape == (2, 3)
    torch.nn.functional.cross_entropy(logits, torch.tensor([0, 2])).backward()
    without = [
        name
        for name, parameter in model.named_parameters()
        if parameter.grad is None or not parameter.grad.any()
    ]
    assert without == []
    assert all(parameter.requires_grad for parameter in model.parameters())
    assert all(parameter.grad is None for parameter in backbone.parameters())


@pytest.mark.parametrize("method", ["fpt", "fpt+"])
def test_saved_keys_are_exact(method: str, backbone: FrozenBackbone) -> None:
    model = FptModel.for_backbone(_config(method), backbone, 3)
    depth = 4 if method == "fpt" else 2
    block = ("norm1", "attn.qkv", "attn.proj", "norm2", "mlp.fc1", "mlp.fc2")
    modules = ["patch_embed.proj", "norm", "head"]
    modules += [f"blocks.{index}.{part}" for index in range(depth) for part in block]
    side = {f"{module}.{kind}" for module in modules for kind in ("weight", "bias")}
    side |= {"cls_token", "pos_embed"}
    fusion = FUSION_KEYS[method] | {"out_proj.weight", "out_proj.bias"}
    expected = {f"side.{key}" for key in side} | {f"fusion.{key}" for key in fusion}
    assert set(model.state_dict()) == expected


def test_images_of_a_batch_do_not_meet(backbone: FrozenBackbone) -> None:
    config = _config("fpt+")
    model = FptModel.for_backbone(config, backbone, 3).eval()
    side, keys, values = _inputs(config, backbone, 3)
    together = model(side, keys, values)
    alone = model(side[1:2], keys[:, 1:2], values[:, 1:2])
    torch.testing.assert_close(together[1:2], alone)


def test_the_order_of_important_tokens_does_not_matter(backbone: FrozenBackbone) -> None:
    config = _config("fpt+")
    model = FptModel.for_backbone(config, backbone, 3).eval()
    side, keys, values = _inputs(config, backbone)
    flipped = model(side, keys.flip(-2), values.flip(-2))
    torch.testing.assert_close(flipped, model(side, keys, values))


def test_answers_depend_on_the_backbones_tokens(backbone: FrozenBackbone) -> None:
    config = _config("fpt+")
    model = FptModel.for_backbone(config, backbone, 3).eval()
    side, keys, values = _inputs(config, backbone)
    changed = model(side, keys, values + 5)
    assert not torch.allclose(changed, model(side, keys, values))


def test_refuses_a_width_that_cannot_be_reduced(backbone: FrozenBackbone) -> None:
    with pytest.raises(ConfigError, match="width 32 into a multiple of its 4 heads, not 16"):
        FptModel.for_backbone(_config("fpt+", side_reduction=16), backbone, 3)


def test_refuses_a_side_image_that_is_no_multiple_of_the_patch(backbone: FrozenBackbone) -> None:
    with pytest.raises(ConfigError, match="patch size 8, not 20") as refused:
        FptModel.for_backbone(_config("fpt+", side_image_size=20), backbone, 3)
    assert refused.value.remedy == "Choose 16."


def test_refuses_projected_prompts_of_another_width_than_the_side_network() -> None:
    with pytest.raises(ConfigError, match=r"prompt_reduction must be side_reduction, 2, .* not 8"):
        _config("fpt", prompt_reduction=8)
