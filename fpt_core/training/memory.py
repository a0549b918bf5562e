"""What memory training needs, and what full fine-tuning would need."""

from __future__ import annotations

import torch
from torch import nn

from fpt_core.features.record import StoreSpec
from fpt_core.memory_limit import MB, limit_error, used_bytes
from fpt_core.models.backbone import FrozenBackbone
from fpt_core.models.fpt import FptModel

_FLOAT_BYTES = 4
_UNASKED_BYTES = 240 * MB
_UNASKED_IMAGES = 8
"""Unasked, no more at once: a larger part is not faster on a processor."""
_RUNTIME_BYTES = 24 * MB
"""Threads' stacks, libraries' own buffers and what the allocator does not give back."""
_COPIES_WHILE_TRAINING = 10
"""Gradient, two moments, the best epoch's weights, and a checkpoint being written."""
_SIDE_VALUES_PER_TOKEN = 24
"""Values of the side network's width that a block keeps per token for the backward pass."""
_SCATTERED = 1.6
"""What the allocator needs for the blocks' values over their sum, as measured."""
_CONTEXTS = 5
"""Copies of the fused context, forward and backward."""
_COPIES_PER_WEIGHT = 4
"""Weight, gradient and AdamW's two moments."""
_ACTIVATIONS_PER_TOKEN = 16
"""Values of the backbone's width that a block keeps per token for the backward pass:
two norms (2), queries, keys and values (3), attention's output and projection (2), both
residual sums (2), the hidden layer's output (1) and, four wide, its input's GELU before
and after (8), less what is shared (2)."""


def images_at_once(
    model: FptModel,
    spec: StoreSpec,
    batch_size: int,
    device: torch.device,
    limit_bytes: int | None,
) -> int:
    """How many images of a batch go through the model together.

    Unasked, the CPU takes as many as keep what a step computes near its caches, and a GPU
    the whole batch.

    Args:
        model: What is trained.
        spec: Of the feature store.
        batch_size: Images per step.
        device: Where it is trained.
        limit_bytes: What this process, or its share of the GPU, may take in all.

    Raises:
        ConfigError: If not even one image fits the limit.
    """
    if limit_bytes is None and device.type == "cuda":
        return batch_size
    fixed, per_image = step_bytes(model, spec)
    if limit_bytes is None:
        fitting = max(1, _UNASKED_BYTES // per_image)
        return min(batch_size, _UNASKED_IMAGES, fitting)
    free = limit_bytes - used_bytes(device) - fixed
    if free < per_image:
        raise limit_error(limit_bytes, limit_bytes - free + per_image, "Training")
    return min(batch_size, free // per_image)


def step_bytes(model: FptModel, spec: StoreSpec) -> tuple[int, int]:
    """Estimated growth of memory while training: whatever the images, and for each.

    Counts what the fast path keeps for the backward pass, and the records in use and read
    ahead; measured growth lies below.
    """
    config, side = model.config, model.side
    learnable = sum(parameter.numel() for parameter in model.parameters())
    L, H, m, d = spec.tokens_shape
    p, C = config.num_prompts, H * d
    n, width = side.pos_embed.shape[1] + p, side.embed_dim
    fused = L * p * (2 * H * m + _CONTEXTS * C)
    blocks = len(side.blocks) * n * (_SIDE_VALUES_PER_TOKEN * width + H * n)
    passing = 2 * H * m * d + 3 * H * n * n
    numbers = fused + int(_SCATTERED * blocks) + passing
    per_image = 2 * spec.record_bytes + _FLOAT_BYTES * numbers
    return _FLOAT_BYTES * _COPIES_WHILE_TRAINING * learnable + _RUNTIME_BYTES, per_image


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
