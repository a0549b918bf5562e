"""Every family that the adapter reads, small, against its own attention while it runs."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch.nn import functional as F

from fpt_core.errors import ConfigError
from fpt_core.models.backbone import FrozenBackbone, bare_vit
from fpt_core.models.baselines.fine_tuning import FineTunedBackbone
from fpt_core.models.baselines.lora import LoraBackbone
from fpt_core.models.learned import learned_state, num_parameters
from fpt_core.models.timm_import import timm

SMALL = {"embed_dim": 48, "depth": 3, "num_heads": 3}
FAMILIES: dict[str, dict[str, Any]] = {
    "vit_tiny_patch16_224": {},
    "deit_tiny_distilled_patch16_224": {},
    "vit_small_patch14_dinov2": {},
    "vit_small_patch14_reg4_dinov2": {},
    "vit_base_patch32_clip_224": {},
    "vit_base_patch16_siglip_224": {},
    "eva02_tiny_patch14_224": {},
    "eva02_base_patch16_clip_224": {},
    "vit_small_patch16_dinov3": {},
    "vit_small_patch16_dinov3_qkvb": {},
    "vit_small_plus_patch16_dinov3": {},
    "vit_base_patch16_rope_mixed_224": {},
}
NO_CLASS_TOKEN = {"vit_base_patch16_siglip_224"}
OTHER = ("eva02_tiny_patch14_224", "vit_small_patch16_dinov3")
"""Those on which what is beside attention is tested too."""


def make(name: str, **changes: Any) -> tuple[Any, int]:
    """The family's model, small, with weights that are no zeros and ones; and an input size."""
    torch.manual_seed(5)
    vit = timm.create_model(name, num_classes=0, **{**SMALL, **FAMILIES.get(name, {}), **changes})
    if vit.attn_pool is not None:
        vit.attn_pool = None
    for parameter in vit.parameters():
        parameter.data += 0.1 * torch.randn_like(parameter)
    return vit.eval(), 3 * vit.patch_embed.patch_size[0]


def seen_by_attention(
    vit: Any, images: torch.Tensor, monkeypatch: pytest.MonkeyPatch
) -> list[tuple[torch.Tensor, ...]]:
    """Queries, keys and values that reach the model's own attention, block by block."""
    seen = []
    attention = F.scaled_dot_product_attention

    def spied(query: Any, key: Any, value: Any, *args: Any, **kwargs: Any) -> Any:
        seen.append((query, key, value))
        return attention(query, key, value, *args, **kwargs)

    with monkeypatch.context() as patch, torch.no_grad():
        patch.setattr(F, "scaled_dot_product_attention", spied)
        vit.forward_features(images)
    assert len(seen) == len(vit.blocks), "each block attends once"
    return seen


@pytest.mark.parametrize("name", FAMILIES)
def test_keys_and_values_are_the_models_own(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    vit, size = make(name)
    backbone = FrozenBackbone(vit, name, size)
    images = torch.randn(2, 3, size, size)
    expected = seen_by_attention(backbone.vit, images, monkeypatch)
    tokens = backbone.important_tokens(images, (0, 1, 2), 1.0, "global")
    assert tokens.keys.shape == (3, 2, 3, backbone.num_tokens, 16)
    for block, (query, key, value) in enumerate(expected):
        index = tokens.indices[block].unsqueeze(-1).expand_as(tokens.keys[block])
        torch.testing.assert_close(tokens.keys[block], key.gather(-2, index))
        torch.testing.assert_close(tokens.values[block], value.gather(-2, index))
        received = (query @ key.mT / query.shape[-1] ** 0.5).softmax(-1).mean(-2)
        torch.testing.assert_close(
            received.gather(-1, tokens.indices[block]), received.sort(-1, descending=True).values
        )


@pytest.mark.parametrize("name", FAMILIES)
def test_importance_for_the_class_token(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    vit, size = make(name)
    backbone = FrozenBackbone(vit, name, size)
    images = torch.randn(1, 3, size, size)
    if name in NO_CLASS_TOKEN:
        with pytest.raises(ConfigError, match=f"{name} has no class token") as refused:
            backbone.important_tokens(images, (0,), 1.0, "class_token")
        assert refused.value.remedy == "Choose 'global'."
        return
    query, key, _ = seen_by_attention(backbone.vit, images, monkeypatch)[1]
    row = (query[..., :1, :] @ key.mT / query.shape[-1] ** 0.5).squeeze(-2)
    indices = backbone.important_tokens(images, (1,), 0.5, "class_token").indices
    assert torch.equal(indices[0], row.topk(indices.shape[-1], dim=-1).indices)


@pytest.mark.parametrize("name", OTHER)
def test_position_turns_patches_and_not_the_prefix(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two equal patches differ by position alone; the class token and registers are not turned."""
    vit, size = make(name)
    backbone = FrozenBackbone(vit, name, size)
    images = torch.full((1, 3, size, size), 0.3)
    monkeypatch.setattr(vit, "pos_embed", None)
    tokens = backbone.important_tokens(images, (0,), 1.0, "global")
    order = tokens.indices[0].argsort(-1).unsqueeze(-1).expand_as(tokens.keys[0])
    keys, values = tokens.keys[0].gather(-2, order), tokens.values[0].gather(-2, order)
    prefix = backbone.num_prefix_tokens
    torch.testing.assert_close(values[:, :, prefix], values[:, :, -1])
    assert not torch.allclose(keys[:, :, prefix], keys[:, :, -1], atol=1e-3)
    plain = vit.blocks[0].attn
    normed = vit.blocks[0].norm1(vit._pos_embed(vit.patch_embed(images))[0])
    own = F.linear(normed, plain.qkv.weight)[:, :prefix, 48:96].unflatten(-1, (3, 16))
    torch.testing.assert_close(keys[:, :, :prefix], own.transpose(1, 2))


@pytest.mark.parametrize("name", ["vit_tiny_patch16_224", "vit_base_patch16_siglip_224", *OTHER])
def test_each_can_be_tuned(name: str) -> None:
    vit, size = make(name)
    images = torch.randn(2, 3, size, size)
    lora = LoraBackbone(FrozenBackbone(vit, name, size), 2)
    before = vit.forward_features(images)
    lora(images).sum().backward()
    learned = {key for key, parameter in lora.named_parameters() if parameter.requires_grad}
    assert learned == set(learned_state(lora))
    assert all("down" in key or "up" in key or key.startswith("head.") for key in learned)
    for key, parameter in lora.named_parameters():
        assert (parameter.grad is not None) == (key in learned), key
    for module in lora.modules():
        if hasattr(module, "up"):
            module.up.data += 0.1
    assert not torch.allclose(vit.forward_features(images), before), "corrections are in force"

    vit, size = make(name)
    full = FineTunedBackbone(FrozenBackbone(vit, name, size), 2)
    full(images).sum().backward()
    assert num_parameters(full) == sum(parameter.numel() for parameter in full.parameters())
    assert all(parameter.grad is not None for parameter in full.parameters())


@pytest.mark.parametrize("name", ["vit_tiny_patch16_224", "vit_base_patch16_siglip_224"])
def test_what_a_probe_reads(name: str) -> None:
    vit, size = make(name)
    backbone = FrozenBackbone(vit, name, size)
    pooled = backbone.pooled_features(torch.randn(1, 3, size, size))
    if name in NO_CLASS_TOKEN:
        assert backbone.num_pooled("both") == backbone.num_pooled("mean") == 48
        with pytest.raises(ConfigError, match="no class token") as refused:
            backbone.pooled_columns("class-token")
        assert refused.value.remedy == "Choose 'mean'."
        return
    parts = [pooled[:, backbone.pooled_columns(part)] for part in ("class-token", "mean")]
    assert torch.equal(torch.cat(parts, 1), pooled[:, backbone.pooled_columns("both")])
    assert [backbone.num_pooled(part) for part in ("class-token", "mean", "both")] == [48, 48, 96]


@pytest.mark.parametrize("name", ["eva_giant_patch14_224", "beit_base_patch16_224", "resnet10t"])
def test_what_is_not_taken_apart_is_refused_or_read(name: str) -> None:
    changes = {} if name == "resnet10t" else SMALL
    vit = timm.create_model(name, num_classes=0, **changes)
    if name == "eva_giant_patch14_224":  # an Eva without rotary embedding
        assert FrozenBackbone(vit, name, 28).num_tokens == 5
        return
    with pytest.raises(ConfigError, match=f"{name} is not a plain ViT"):
        FrozenBackbone(vit, name, 32)


def test_blocks_with_their_norm_after_attention_are_refused() -> None:
    vit = timm.create_model("eva02_tiny_patch14_224", num_classes=0, use_post_norm=True, **SMALL)
    with pytest.raises(ConfigError, match="cannot be tapped"):
        FrozenBackbone(vit, "post", 28)


def test_a_head_that_nothing_reads_is_left_out() -> None:
    with torch.device("meta"):
        keys = bare_vit("vit_base_patch16_siglip_224").state_dict()
    assert not [key for key in keys if key.startswith("attn_pool")]
