"""An attentive probe: one learned query reads the backbone's last tokens."""

from __future__ import annotations

from torch import Tensor, nn

from fpt_core.models.timm_import import AttentionPoolLatent


class AttentiveProbe(nn.Module):
    """Attention pooling and a linear head on cached tokens.

    Reference: Bardes et al., V-JEPA, 2024, section 4.

    Args:
        embed_dim: Width of the backbone.
        num_heads: Its attention heads.
        num_classes: Classes.

    Shape:
        tokens ``(B, N, C)`` -> logits ``(B, classes)``.
    """

    def __init__(self, embed_dim: int, num_heads: int, num_classes: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(embed_dim)
        self.pool = AttentionPoolLatent(embed_dim, num_heads=num_heads)
        self.head = nn.Linear(embed_dim, num_classes)

    def forward(self, tokens: Tensor) -> Tensor:
        """Logits of cached tokens."""
        logits: Tensor = self.head(self.pool(self.norm(tokens)))
        return logits
