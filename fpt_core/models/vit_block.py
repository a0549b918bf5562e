"""The parts of timm's plain ViT blocks, apart: what attention reads, and what follows it.

Both of timm's families are read: ``VisionTransformer`` (ViT, DeiT, DINO, DINOv2, CLIP,
SigLIP) and ``Eva`` (EVA-02, DINOv3), whose queries and keys are turned by rotary embedding.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from fpt_core.errors import ConfigError
from fpt_core.models.timm_import import (
    Attention,
    AttentionRope,
    Block,
    Eva,
    EvaAttention,
    EvaBlock,
    VisionTransformer,
    apply_rot_embed_cat,
)

QKV = tuple[Tensor, Tensor, Tensor]


def check_plain(vit: Any, name: str) -> None:
    """Refuse what is not made of standard blocks.

    Raises:
        ConfigError: If a block of ``vit`` cannot be taken apart.
    """
    if not isinstance(vit, VisionTransformer | Eva) or not all(map(_is_plain, vit.blocks)):
        raise ConfigError(
            f"{name} is not a plain ViT: its blocks ({type(vit).__name__}) cannot be tapped.",
            "Choose a backbone of timm's VisionTransformer or Eva family with standard blocks.",
        )


def _is_plain(block: nn.Module) -> bool:
    if type(block) is Block:
        return type(block.attn) is Attention
    if type(block) is not EvaBlock:
        return False
    shared_heads = getattr(block.attn, "num_kv_groups", 1) > 1
    return type(block.attn) in (EvaAttention, AttentionRope) and not shared_heads


def embed(vit: Any, images: Tensor) -> tuple[Tensor, Tensor | None]:
    """Tokens before the first block, and the rotary embedding where there is one.

    Shape:
        ``(B, 3, S, S)`` -> ``(B, N, C)``; the embedding as timm has it.
    """
    embedded = vit._pos_embed(vit.patch_embed(images))
    tokens, rope = embedded if isinstance(vit, Eva) else (embedded, None)
    return vit.norm_pre(tokens), rope


def rope_of_block(vit: Any, rope: Tensor | None, index: int) -> Tensor | None:
    """The part of the rotary embedding that one block uses."""
    return rope[index] if rope is not None and vit.rope_mixed else rope


def query_key_value(attn: Any, x: Tensor, rope: Tensor | None = None) -> QKV:
    """Queries, keys and values as attention uses them: normalised and turned.

    Shape:
        ``(B, N, C)`` -> each ``(B, H, N, d)``.
    """
    query, key, value = _projected(attn, x)
    query, key = attn.q_norm(query), attn.k_norm(key)
    if rope is not None:
        query, key = (_turned(attn, part, rope).type_as(value) for part in (query, key))
    return query, key, value


def _projected(attn: Any, x: Tensor) -> QKV:
    shape = (attn.num_heads, attn.head_dim)
    if attn.qkv is None:
        parts = (attn.q_proj(x), attn.k_proj(x), attn.v_proj(x))
        query, key, value = (part.unflatten(-1, shape).transpose(1, 2) for part in parts)
        return query, key, value
    if getattr(attn, "q_bias", None) is None:
        projected = attn.qkv(x)
    else:
        projected = F.linear(x, attn.qkv.weight, torch.cat([attn.q_bias, attn.k_bias, attn.v_bias]))
    query, key, value = projected.unflatten(-1, (3, *shape)).permute(2, 0, 3, 1, 4).unbind(0)
    return query, key, value


def _turned(attn: Any, tokens: Tensor, rope: Tensor) -> Tensor:
    """Rotated by position; prefix tokens have none."""
    prefix, patches = tokens.split(
        [attn.num_prefix_tokens, tokens.shape[2] - attn.num_prefix_tokens], dim=2
    )
    half = getattr(attn, "rotate_half", False)
    return torch.cat([prefix, apply_rot_embed_cat(patches, rope, half=half)], dim=2)


def attention_output(block: Any, normed: Tensor, context: Tensor) -> Tensor:
    """What a block's attention adds to its tokens.

    Shape:
        normed tokens ``(B, N, C)``, context ``(B, H, N, d)`` -> ``(B, N, C)``.
    """
    attn = block.attn
    joined = attn.norm(context.transpose(1, 2).flatten(2))
    if attn.gate is not None:
        joined = joined * attn.gate(normed).sigmoid()
    added = attn.proj(joined)
    return _scaled(added, block.gamma_1) if isinstance(block, EvaBlock) else block.ls1(added)


def mlp_output(block: Any, x: Tensor) -> Tensor:
    """What a block's hidden layer adds to its tokens; every token by itself.

    Shape:
        ``(..., C)`` -> the same.
    """
    added = block.mlp(block.norm2(x))
    return _scaled(added, block.gamma_2) if isinstance(block, EvaBlock) else block.ls2(added)


def _scaled(x: Tensor, gamma: Tensor | None) -> Tensor:
    return x if gamma is None else gamma * x
