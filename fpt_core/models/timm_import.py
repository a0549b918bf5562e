"""Import timm beside a torchvision whose compiled operators do not match torch.

torch's CPU build and PyPI's torchvision for Linux do not fit together: torchvision
then fails on import because two operators that it describes were never declared.
Nothing here calls them, so declaring them is enough. Everything of timm that the
models use is imported from here, so that the declaration always comes first.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path

import torch

_SCHEMA = "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"


def _declare_torchvision_operators() -> None:
    spec = importlib.util.find_spec("torchvision")
    if spec is None or spec.origin is None:
        return
    for library in Path(spec.origin).parent.glob("_C*"):
        try:
            torch.ops.load_library(str(library))
            return
        except OSError:
            continue  # built for another torch
    for operator in ("nms", "qnms"):
        if not hasattr(torch.ops.torchvision, operator):
            torch.library.define(f"torchvision::{operator}", _SCHEMA)


_declare_torchvision_operators()

import timm  # noqa: E402
from timm.layers import (  # noqa: E402
    Attention,
    AttentionPoolLatent,
    AttentionRope,
    apply_rot_embed_cat,
)
from timm.models import eva, vision_transformer  # noqa: E402
from timm.models.eva import Eva, EvaAttention, EvaBlock  # noqa: E402
from timm.models.vision_transformer import Block, VisionTransformer  # noqa: E402

__all__ = [
    "Attention",
    "AttentionPoolLatent",
    "AttentionRope",
    "Block",
    "Eva",
    "EvaAttention",
    "EvaBlock",
    "VisionTransformer",
    "apply_rot_embed_cat",
    "eva",
    "timm",
    "vision_transformer",
]
