"""The architecture of the backbone in the box, and the 8-bit form of its file."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from fpt_core.backbone_catalogue import BUILT_IN_BACKBONE
from fpt_core.models.timm_import import VisionTransformer, timm

_SCALE = "_scale"
_LEVELS = 127


def vit_studio_patch16_224(pretrained: bool = False, **kwargs: Any) -> Any:
    """A ViT-Tiny of eight blocks instead of twelve.

    Reference: ``resources/backbones/README.md``, its model card.
    """
    shape = {"patch_size": 16, "embed_dim": 192, "depth": 8, "num_heads": 3}
    return timm.models.build_model_with_cfg(
        VisionTransformer, BUILT_IN_BACKBONE, pretrained, **{**shape, **kwargs}
    )


default_cfgs = timm.models.generate_default_cfgs(
    {
        BUILT_IN_BACKBONE: {
            "num_classes": 0,
            "input_size": (3, 224, 224),
            "pool_size": None,
            "mean": (0.5, 0.5, 0.5),
            "std": (0.5, 0.5, 0.5),
            "first_conv": "patch_embed.proj",
            "classifier": "head",
            "license": "apache-2.0",
        }
    }
)
timm.models.register_model(vit_studio_patch16_224)


def quantised(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """Matrices as 8-bit integers with a scale per output channel, the rest in half precision.

    Shape:
        ``X.weight (out, ...)`` float -> ``X.weight`` int8 and ``X.weight_scale (out,)``.
    """
    small: dict[str, Tensor] = {}
    for key, tensor in state.items():
        if not key.endswith(".weight") or tensor.ndim < 2:
            small[key] = tensor.half()
            continue
        scale = tensor.flatten(1).abs().amax(1).clamp(min=1e-12) / _LEVELS
        small[key] = (tensor / _per_channel(scale, tensor)).round().to(torch.int8)
        small[key + _SCALE] = scale
    return small


def dequantised(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """The inverse of ``quantised`` but for rounding; other states pass unchanged."""
    full: dict[str, Tensor] = {}
    for key, tensor in state.items():
        scale = state.get(key + _SCALE)
        if tensor.dtype == torch.int8 and scale is not None:
            full[key] = tensor.float() * _per_channel(scale, tensor)
        elif not (key.endswith(_SCALE) and key.removesuffix(_SCALE) in state):
            full[key] = tensor
    return full


def _per_channel(scale: Tensor, tensor: Tensor) -> Tensor:
    return scale.view(-1, *[1] * (tensor.ndim - 1))
