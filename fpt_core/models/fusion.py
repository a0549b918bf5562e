"""Fine-grained prompts: the important tokens, summarised for the side network."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from fpt_core.errors import ConfigError
from fpt_core.models.stored_attention import stored_attention

_PROMPT_STD = 1e-6


class TokenFusion(nn.Module):
    """Summarise the backbone's important tokens into a few prompts per tapped block.

    Everything but the prompts is shared by all tapped blocks.

    Reference: Huang et al., FPT, MICCAI 2024, section 2.3; FPT+, TNNLS 2025, section III-C.

    Args:
        num_blocks: Tapped blocks ``L``.
        embed_dim: Width ``C`` of the backbone.
        side_dim: Width ``Cs`` of the side network.
        num_heads: Attention heads ``H`` of the backbone; must divide ``embed_dim``.
        num_prompts: Prompts ``p`` per tapped block.
        prompt_dim: Width of the learnable prompts: ``C`` or, with ``prompt_proj``, ``Cs``.
        prompt_norm: LayerNorm on the prompts before they query (FPT+).
        prompt_proj: Linear projection of the prompts to ``C`` (FPT).
        dropout: Dropout on the fused prompts while training.

    Shape:
        keys, values ``(L, B, H, m, d)``, their scales where they are quantised
        ``(L, B, H, m)`` -> prompts ``(L, B, p, Cs)``.

    Raises:
        ConfigError: If ``num_heads`` does not divide ``embed_dim``.
    """

    def __init__(
        self,
        num_blocks: int,
        embed_dim: int,
        side_dim: int,
        num_heads: int,
        num_prompts: int,
        prompt_dim: int,
        prompt_norm: bool,
        prompt_proj: bool,
        dropout: float,
    ) -> None:
        super().__init__()
        if embed_dim % num_heads:
            raise ConfigError(
                f"num_heads must divide embed_dim {embed_dim}, not {num_heads}.",
                "Choose another backbone.",
            )
        self.num_heads = num_heads
        self.prompts = nn.Parameter(
            _PROMPT_STD * torch.randn(num_blocks, 1, num_prompts, prompt_dim)
        )
        if prompt_norm:
            self.layer_norm = nn.LayerNorm(prompt_dim)
        if prompt_proj:
            self.prompt_proj = nn.Linear(prompt_dim, embed_dim)
        self.prompt_norm, self.has_proj = prompt_norm, prompt_proj
        self.out_proj = nn.Linear(embed_dim, side_dim)
        self.dropout = nn.Dropout(dropout)

    def forward(
        self,
        keys: Tensor,
        values: Tensor,
        key_scales: Tensor | None = None,
        value_scales: Tensor | None = None,
    ) -> Tensor:
        """Attend from the prompts to the important tokens, separately in every block."""
        H, d = keys.shape[2], keys.shape[4]
        query = self.query().squeeze(1).unflatten(-1, (H, d)).transpose(1, 2)
        context = stored_attention(query, keys, values, key_scales, value_scales)
        return self.fuse(context)

    def fuse(self, context: Tensor) -> Tensor:
        """Prompts from what each head read for them.

        Shape:
            ``(L, B, H, p, d)`` -> ``(L, B, p, Cs)``.
        """
        context = context.transpose(2, 3).flatten(-2)
        if self.has_proj:
            fused = self.out_proj(context) + self.prompts
        else:
            fused = self.out_proj(context + self.prompts)
        dropped: Tensor = self.dropout(fused)
        return dropped

    def query(self) -> Tensor:
        """Queries ``(L, 1, p, C)``."""
        query: Tensor = self.prompts
        if self.prompt_norm:
            query = self.layer_norm(query)
        return self.prompt_proj(query) if self.has_proj else query
