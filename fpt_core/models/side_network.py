"""The side network: the tiny ViT that learns."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from fpt_core.models.narrow_attention import narrow_attention
from fpt_core.models.timm_import import Block, VisionTransformer

_INIT_STD = 0.02


class SideNetwork(VisionTransformer):  # type: ignore[misc]
    """A small pre-norm ViT on a low-resolution image that is handed prompts in every block.

    Before block ``i`` the prompts of tapped block ``i`` are appended to the tokens;
    after it they are dropped.

    Reference: Huang et al., FPT, MICCAI 2024, section 2.1.

    Args:
        image_size: Side of the square input, in pixels.
        patch_size: The backbone's.
        side_dim: Width ``Cs``.
        depth: Blocks, one per tapped block.
        num_heads: The backbone's; must divide ``side_dim``.
        num_classes: Classes.

    Shape:
        images ``(B, 3, S, S)``, prompts ``(L, B, p, Cs)`` -> logits ``(B, classes)``.
    """

    def __init__(
        self,
        image_size: int,
        patch_size: int,
        side_dim: int,
        depth: int,
        num_heads: int,
        num_classes: int,
    ) -> None:
        super().__init__(
            img_size=image_size,
            patch_size=patch_size,
            embed_dim=side_dim,
            depth=depth,
            num_heads=num_heads,
            num_classes=num_classes,
        )
        self.apply(_reset)
        nn.init.trunc_normal_(self.cls_token, std=_INIT_STD)
        nn.init.trunc_normal_(self.pos_embed, std=_INIT_STD)

    def forward(self, images: Tensor, prompts: Tensor) -> Tensor:
        """Logits of ``images`` with the fused prompts of every tapped block."""
        x = self._pos_embed(self.patch_embed(images))
        num_read = x.shape[1]
        for index, (block, block_prompts) in enumerate(zip(self.blocks, prompts, strict=True)):
            if index == len(self.blocks) - 1:
                num_read = 1  # the head reads the class token alone
            x = _forward_block(block, x, block_prompts, num_read)
        logits: Tensor = self.head(self.norm(x[:, 0]))
        return logits


def _forward_block(block: Block, x: Tensor, prompts: Tensor, num_read: int) -> Tensor:
    """The first ``num_read`` tokens after the block.

    Prompts, and tokens that nobody reads, give keys and values and are carried no further.
    """
    attn, C = block.attn, x.shape[-1]
    normed = block.norm1(torch.cat([x, prompts], dim=1))
    weight, bias = attn.qkv.weight, attn.qkv.bias
    query = F.linear(normed[:, :num_read], weight[:C], bias[:C])
    key, value = F.linear(normed, weight[C:], bias[C:]).chunk(2, dim=-1)
    query, key, value = (
        part.unflatten(-1, (attn.num_heads, attn.head_dim)).transpose(1, 2)
        for part in (query, key, value)
    )
    context = narrow_attention(query, key, value).transpose(1, 2).flatten(2)
    x = x[:, :num_read] + attn.proj(context)
    out: Tensor = x + block.mlp(block.norm2(x))
    return out


def _reset(module: nn.Module) -> None:
    if isinstance(module, nn.Linear | nn.Conv2d):
        nn.init.trunc_normal_(module.weight, std=_INIT_STD)
        if module.bias is not None:
            nn.init.zeros_(module.bias)
