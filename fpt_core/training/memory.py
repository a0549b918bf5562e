"""What memory training needs, and what full fine-tuning would need."""

from __future__ import annotations

from typing import Any

import torch

from fpt_core.features.record import FeaturesSpec, RecordSpec, StoreSpec
from fpt_core.memory_limit import MB, limit_error, used_bytes
from fpt_core.models.backbone import FrozenBackbone
from fpt_core.models.baselines.attentive_probe import AttentiveProbe
from fpt_core.models.baselines.fine_tuning import FineTunedBackbone
from fpt_core.models.ensemble import Members
from fpt_core.models.fpt import FptModel
from fpt_core.models.learned import num_parameters
from fpt_core.models.methods import Network

_FLOAT_BYTES = 4
_UNASKED_BYTES = 240 * MB
UNASKED_IMAGES = 8
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
_PROBE_VALUES_PER_TOKEN = 12
"""Values of the backbone's width that an attentive probe keeps per token: the token, its norm,
keys and values, and their gradients."""
_COPIES_PER_WEIGHT = 4
"""Weight, gradient and AdamW's two moments."""
_ACTIVATIONS_PER_TOKEN = 16
"""Values of the backbone's width that a block keeps per token for the backward pass:
two norms (2), queries, keys and values (3), attention's output and projection (2), both
residual sums (2), the hidden layer's output (1) and, four wide, its input's GELU before
and after (8), less what is shared (2)."""


def images_at_once(
    model: Network | Members,
    spec: RecordSpec[Any],
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
        return min(batch_size, UNASKED_IMAGES, fitting)
    free = limit_bytes - used_bytes(device) - fixed
    if free < per_image:
        raise limit_error(limit_bytes, limit_bytes - free + per_image, "Training")
    return min(batch_size, free // per_image)


def step_bytes(model: Network | Members, spec: RecordSpec[Any]) -> tuple[int, int]:
    """Estimated growth of memory while training: whatever the images, and for each.

    Counts what the fast path keeps for the backward pass, and the records in use and read
    ahead; measured growth lies below.
    """
    if isinstance(model, FptModel | Members):
        assert isinstance(spec, StoreSpec)
        members = [model] if isinstance(model, FptModel) else model.models
        numbers = sum(_fpt_numbers(member, spec) for member in members)
    elif isinstance(model, FineTunedBackbone):
        numbers = _backbone_numbers(model)
    else:
        assert isinstance(model, AttentiveProbe)
        assert isinstance(spec, FeaturesSpec)
        numbers = _PROBE_VALUES_PER_TOKEN * spec.num_vectors * spec.embed_dim
    fixed = _FLOAT_BYTES * _COPIES_WHILE_TRAINING * num_parameters(model) + _RUNTIME_BYTES
    return fixed, 2 * spec.record_bytes + _FLOAT_BYTES * numbers


def _backbone_numbers(model: FineTunedBackbone) -> int:
    """What one image leaves in every block for the backward pass."""
    vit = model.vit
    tokens = model.num_prefix_tokens + vit.patch_embed.num_patches
    return int(tokens * len(vit.blocks) * vit.embed_dim * _ACTIVATIONS_PER_TOKEN)


def _fpt_numbers(model: FptModel, spec: StoreSpec) -> int:
    config, side = model.config, model.side
    L, H, m, d = spec.tokens_shape
    p, C = config.num_prompts, H * d
    n, width = side.pos_embed.shape[1] + p, side.embed_dim
    fused = L * p * (2 * H * m + _CONTEXTS * C)
    blocks = len(side.blocks) * n * (_SIDE_VALUES_PER_TOKEN * width + H * n)
    passing = 2 * H * m * d + 3 * H * n * n
    return int(fused + int(_SCATTERED * blocks) + passing)


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
