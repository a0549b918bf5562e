"""Full fine-tuning: the backbone itself learns, with a linear head on it."""

from __future__ import annotations

from torch import Tensor, nn

from fpt_core.models.backbone import FrozenBackbone


class FineTunedBackbone(nn.Module):
    """The backbone with a head, every weight of it learnable.

    Args:
        backbone: Its ViT is taken over and thawed.
        num_classes: Classes.

    Shape:
        normalised images ``(B, 3, S, S)`` -> logits ``(B, classes)``.
    """

    def __init__(self, backbone: FrozenBackbone, num_classes: int) -> None:
        super().__init__()
        self.vit = backbone.vit.requires_grad_(True)
        self.num_prefix_tokens = backbone.num_prefix_tokens
        self.has_class_token = backbone.has_class_token
        self.head = nn.Linear(backbone.embed_dim, num_classes)

    def forward(self, images: Tensor) -> Tensor:
        """Logits of images."""
        return self.classify(self.vit.forward_features(images))

    def classify(self, tokens: Tensor) -> Tensor:
        """Logits from the class token, or from the mean patch token where there is none.

        Shape:
            ``(B, N, C)`` -> ``(B, classes)``.
        """
        patches = tokens[:, self.num_prefix_tokens :]
        pooled = tokens[:, 0] if self.has_class_token else patches.mean(1)
        logits: Tensor = self.head(self.vit.fc_norm(pooled))
        return logits
