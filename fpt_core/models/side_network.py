"""The side network: the tiny ViT that learns."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from fpt_core.models.timm_import import VisionTransformer

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
        num_tokens = x.shape[1]
        for block, block_prompts in zip(self.blocks, prompts, strict=True):
            x = block(torch.cat([x, block_prompts], dim=1))[:, :num_tokens]
        logits: Tensor = self.head(self.norm(x[:, 0]))
        return logits


def _reset(module: nn.Module) -> None:
    if isinstance(module, nn.Linear | nn.Conv2d):
        nn.init.trunc_normal_(module.weight, std=_INIT_STD)
        if module.bias is not None:
            nn.init.zeros_(module.bias)
