"""Weights of Hugging Face transformers' ViTs under timm's names.

ViT and DeiT, DINOv2 with and without registers, CLIP's and SigLIP's vision towers. What is
beside the tower (text, pooling, classifier) is left out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import torch
from torch import Tensor

_ANCHORS = ("embeddings.patch_embeddings.projection.weight", "embeddings.patch_embedding.weight")
"""Ends of the key that every such file has; what is before it is before all keys of the tower."""
_NAMES = (
    (r"embeddings\.(cls_token|class_embedding)", "cls_token"),
    (r"embeddings\.register_tokens", "reg_token"),
    (r"embeddings\.position_embedding(s|\.weight)", "pos_embed"),
    (r"embeddings\.patch_embedding(s\.projection)?\.(weight|bias)", r"patch_embed.proj.\2"),
    (r"pre_layrnorm\.(.*)", r"norm_pre.\1"),
    (r"(post_)?layernorm\.(.*)", r"norm.\2"),
)
_BLOCK = re.compile(r"encoder\.layers?\.(\d+)\.(.*)")
_IN_BLOCK = (
    (r"(attention\.attention|self_attn)\.(q|k|v)(uery|ey|alue|_proj)\.(.*)", r"attn.\2.\4"),
    (r"(attention\.output\.dense|self_attn\.out_proj)\.(.*)", r"attn.proj.\2"),
    (r"(intermediate\.dense|mlp\.fc1|mlp\.weights_in)\.(.*)", r"mlp.fc1.\2"),
    (r"(output\.dense|mlp\.fc2|mlp\.weights_out)\.(.*)", r"mlp.fc2.\2"),
    (r"(layernorm_before|layer_norm1|norm1)\.(.*)", r"norm1.\2"),
    (r"(layernorm_after|layer_norm2|norm2)\.(.*)", r"norm2.\2"),
    (r"layer_scale(1|2)\.lambda1", r"ls\1.gamma"),
)


def is_from_transformers(state: Mapping[str, Tensor]) -> bool:
    """Whether the keys are those of a ViT of transformers."""
    return _anchor(state) is not None


def to_timm(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The tensors of the vision tower under timm's names, queries, keys and values joined."""
    anchor = _anchor(state)
    assert anchor is not None, "is_from_transformers was asked"
    prefix = next(anchor.removesuffix(end) for end in _ANCHORS if anchor.endswith(end))
    named = {
        name: tensor
        for key, tensor in state.items()
        if key.startswith(prefix) and (name := _timm_name(key.removeprefix(prefix))) is not None
    }
    return _tokens_in_shape(_joined(named))


def _anchor(state: Mapping[str, Tensor]) -> str | None:
    return next((key for key in state if key.endswith(_ANCHORS)), None)


def _timm_name(key: str) -> str | None:
    block = _BLOCK.fullmatch(key)
    rules, rest = (_NAMES, key) if block is None else (_IN_BLOCK, block[2])
    for pattern, replacement in rules:
        if (match := re.fullmatch(pattern, rest)) is not None:
            name = match.expand(replacement)
            return name if block is None else f"blocks.{block[1]}.{name}"
    return None


def _joined(named: Mapping[str, Tensor]) -> dict[str, Tensor]:
    joined = {}
    for name, tensor in named.items():
        match = re.fullmatch(r"(blocks\.\d+\.attn)\.(q|k|v)\.(weight|bias)", name)
        if match is None:
            joined[name] = tensor
        elif match[2] == "q":
            parts = [named[f"{match[1]}.{part}.{match[3]}"] for part in "qkv"]
            joined[f"{match[1]}.qkv.{match[3]}"] = torch.cat(parts)
    return joined


def _tokens_in_shape(named: dict[str, Tensor]) -> dict[str, Tensor]:
    """Class token ``(1, 1, C)``, positions ``(1, N, C)``; registers have no position in timm."""
    if "cls_token" in named:
        named["cls_token"] = named["cls_token"].reshape(1, 1, -1)
    positions = named["pos_embed"]
    named["pos_embed"] = positions.reshape(1, -1, positions.shape[-1])
    if "reg_token" in named:
        named["cls_token"] = named["cls_token"] + named["pos_embed"][:, :1]
        named["pos_embed"] = named["pos_embed"][:, 1:]
    return named
