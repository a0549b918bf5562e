"""LoRA: low-rank corrections of the attention projections learn, the backbone stays."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from fpt_core.models.backbone import FrozenBackbone
from fpt_core.models.baselines.fine_tuning import FineTunedBackbone

_RANK = 16
"""On queries, keys and values: 0.69 % of ViT-B."""
_CORRECTED = ("qkv", "q_proj", "k_proj", "v_proj")
"""Of attention's maps, those that are there: some models have queries, keys and values apart."""


class LoraLinear(nn.Module):
    """A frozen linear map plus a learned one of low rank, which starts at zero.

    Reference: Hu et al., LoRA, ICLR 2022.

    Args:
        frozen: The map that is corrected.
        rank: Of the correction.

    Shape:
        ``(..., in)`` -> ``(..., out)``.
    """

    def __init__(self, frozen: nn.Linear, rank: int) -> None:
        super().__init__()
        self.frozen = frozen
        self.down = nn.Parameter(torch.empty(rank, frozen.in_features))
        self.up = nn.Parameter(torch.zeros(frozen.out_features, rank))
        nn.init.kaiming_uniform_(self.down, a=math.sqrt(5))

    @property
    def weight(self) -> Tensor:
        """The corrected matrix; some blocks read it rather than call the map."""
        return self.frozen.weight + self.up @ self.down

    def forward(self, x: Tensor) -> Tensor:
        """The frozen map and its correction."""
        return F.linear(x, self.weight, self.frozen.bias)


class LoraBackbone(FineTunedBackbone):
    """The backbone with a head, of which head and corrections learn.

    Args:
        backbone: Its ViT is taken over and corrected.
        num_classes: Classes.
        rank: Of each correction.
    """

    def __init__(self, backbone: FrozenBackbone, num_classes: int, rank: int = _RANK) -> None:
        super().__init__(backbone, num_classes)
        self.vit.requires_grad_(False)
        for block in self.vit.blocks:
            for name in _CORRECTED:
                if isinstance(frozen := getattr(block.attn, name, None), nn.Linear):
                    setattr(block.attn, name, LoraLinear(frozen, rank))
