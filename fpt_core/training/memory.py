"""What memory is in use, and what full fine-tuning would need."""

from __future__ import annotations

import psutil
import torch
from torch import nn

from fpt_core.models.backbone import FrozenBackbone

_FLOAT_BYTES = 4
_COPIES_PER_WEIGHT = 4
"""Weight, gradient and AdamW's two moments."""
_ACTIVATIONS_PER_TOKEN = 16
"""Values of the backbone's width that a block keeps per token for the backward pass:
two norms (2), queries, keys and values (3), attention's output and projection (2), both
residual sums (2), the hidden layer's output (1) and, four wide, its input's GELU before
and after (8), less what is shared (2)."""


def used_bytes(device: torch.device) -> int:
    """Memory allocated on the GPU in use, otherwise this process's resident memory."""
    if device.type == "cuda":
        return int(torch.cuda.memory_allocated(device))
    return int(psutil.Process().memory_info().rss)


def full_finetuning_bytes(backbone: FrozenBackbone, batch_size: int) -> int:
    """Estimated memory of fine-tuning all of ``backbone`` in float32 with AdamW.

    Counts weights, gradients, moments and the activations kept for the backward
    pass with memory-efficient attention; an implementation that keeps attention
    matrices needs more.
    """
    weights = sum(parameter.numel() for parameter in backbone.parameters())
    tokens = batch_size * backbone.num_tokens
    activations = tokens * backbone.depth * backbone.embed_dim * _ACTIVATIONS_PER_TOKEN
    return int(_FLOAT_BYTES * (_COPIES_PER_WEIGHT * weights + activations))


def state_to_cpu(module: nn.Module) -> dict[str, torch.Tensor]:
    """A copy of the module's state that later steps do not change."""
    return {key: tensor.detach().cpu().clone() for key, tensor in module.state_dict().items()}
