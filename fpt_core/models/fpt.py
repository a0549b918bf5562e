"""Fine-grained prompt tuning: fusion module and side network, all that is learned."""

from __future__ import annotations

from torch import Tensor, nn

from fpt_core.config import FptConfig
from fpt_core.errors import ConfigError
from fpt_core.models.backbone import FrozenBackbone
from fpt_core.models.fusion import TokenFusion
from fpt_core.models.side_network import SideNetwork


class FptModel(nn.Module):
    """The learnable part of FPT and FPT+, fed with the frozen backbone's important tokens.

    Reference: Huang et al., FPT, MICCAI 2024; FPT+, TNNLS 2025.

    Args:
        config: The method's shape.
        backbone: The frozen backbone's shape: ``depth, embed_dim, num_heads, patch_size``.
        num_classes: Classes.

    Shape:
        side images ``(B, 3, S, S)``, keys, values ``(L, B, H, m, d)`` -> logits ``(B, classes)``.

    Raises:
        ConfigError: If the backbone's width cannot be reduced as configured.
    """

    def __init__(
        self,
        config: FptConfig,
        num_classes: int,
        *,
        depth: int,
        embed_dim: int,
        num_heads: int,
        patch_size: int,
    ) -> None:
        super().__init__()
        side_dim = embed_dim // config.side_reduction
        if embed_dim % config.side_reduction or side_dim % num_heads:
            raise ConfigError(
                f"side_reduction must turn the backbone's width {embed_dim} into a multiple of its "
                f"{num_heads} heads, not {config.side_reduction}.",
                "Choose another side_reduction, such as 4 or 8.",
            )
        if config.side_image_size % patch_size:
            raise ConfigError(
                f"side_image_size must be a multiple of the patch size {patch_size}, "
                f"not {config.side_image_size}.",
                f"Choose {round(config.side_image_size / patch_size) * patch_size}.",
            )
        num_blocks = len(config.tapped_block_indices(depth))
        self.config = config
        self.fusion = TokenFusion(
            num_blocks=num_blocks,
            embed_dim=embed_dim,
            side_dim=side_dim,
            num_heads=num_heads,
            num_prompts=config.num_prompts,
            prompt_dim=embed_dim // config.prompt_reduction,
            prompt_norm=config.prompt_norm,
            prompt_proj=config.prompt_proj,
            dropout=config.dropout,
        )
        self.side = SideNetwork(
            image_size=config.side_image_size,
            patch_size=patch_size,
            side_dim=side_dim,
            depth=num_blocks,
            num_heads=num_heads,
            num_classes=num_classes,
        )

    @classmethod
    def for_backbone(
        cls, config: FptConfig, backbone: FrozenBackbone, num_classes: int
    ) -> FptModel:
        """The model that reads ``backbone``."""
        return cls(config, num_classes, **backbone_shape(backbone))

    def forward(
        self,
        side_images: Tensor,
        keys: Tensor,
        values: Tensor,
        key_scales: Tensor | None = None,
        value_scales: Tensor | None = None,
    ) -> Tensor:
        """Logits from low-resolution images and important tokens, quantised or not."""
        prompts = self.fusion(keys, values, key_scales, value_scales)
        logits: Tensor = self.side(side_images, prompts)
        return logits


def backbone_shape(backbone: FrozenBackbone) -> dict[str, int]:
    """What a model must know of its backbone to be built without it."""
    return {
        "depth": backbone.depth,
        "embed_dim": backbone.embed_dim,
        "num_heads": backbone.num_heads,
        "patch_size": backbone.patch_size,
    }
