"""Tiny models over a tiny backbone, for tests."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from PIL import Image

from fpt_core.bundle import Bundle
from fpt_core.config import AUTO, PRESETS, FptConfig, PixelRecipe, TrainingConfig, shape_of
from fpt_core.evaluation.calibration import Calibration
from fpt_core.features.reading import low_size
from fpt_core.jobs.run_result import backbone_card
from fpt_core.model_card import ModelCard
from fpt_core.models.backbone import FrozenBackbone
from fpt_core.models.ensemble import EnsembleModel, Members
from fpt_core.models.fpt import FptModel
from fpt_core.models.learned import learned_state
from fpt_core.models.methods import Network, build_network
from fpt_core.predictor import Predictor

CALIBRATION = Calibration("platt", 0.7, (0.0, 0.3, -0.2), "validation images", 30, 30)
SHAPES: dict[str, dict[str, Any]] = {
    "plain": {},
    "no class token": {"class_token": False, "global_pool": "avg"},
    "registers": {"reg_tokens": 2},
}


_NOISE = dict.fromkeys((AUTO, *PRESETS), 0.2) | {
    "linear-probe": 0.2,
    "attentive-probe": 0.05,
    "lora": 0.1,
    "full": 0.02,
}
"""So much that answers differ between pictures, and are sure of none."""


def make_predictor(
    make_vit: Callable[..., Any], method: str = "fpt+", shape: str = "plain", **config: Any
) -> Predictor:
    """A calibrated model of three classes with weights that are no zeros."""
    backbone = FrozenBackbone(make_vit(depth=2, **SHAPES[shape]), "tiny", 64)
    return make_predictor_on(backbone, method, **config)


def make_predictor_on(backbone: FrozenBackbone, method: str, **config: Any) -> Predictor:
    """Such a model on any backbone."""
    torch.manual_seed(1)
    settings = None
    if (preset := shape_of(method)) is not None:
        settings = dataclasses.replace(
            preset,
            image_size=backbone.image_size,
            side_image_size=32,
            num_prompts=3,
            **config,
        )
    # LoRA and full fine-tuning take their backbone over; the model's own is loaded anew.
    model: Network
    if settings is not None and method == AUTO:
        model = _ensemble(settings, backbone)
    else:
        model = build_network(method, settings, copy.deepcopy(backbone), 3)
    for parameter in model.parameters():
        if parameter.requires_grad:
            parameter.data += _NOISE[method] * torch.randn_like(parameter)
    card = ModelCard(
        method=method,
        class_names=("a", "b", "c"),
        backbone=backbone_card(backbone),
        recipe=PixelRecipe(),
        config=settings,
        training=TrainingConfig(),
        split_fingerprint="",
        calibration=CALIBRATION,
    )
    return Predictor(Bundle(card, learned_state(model)), backbone)


def _ensemble(settings: FptConfig, backbone: FrozenBackbone) -> EnsembleModel:
    members = Members([FptModel.for_backbone(settings, backbone, 3) for _ in range(2)])
    low = low_size(backbone.image_size, backbone.patch_size)
    blocks = settings.tapped_block_indices(backbone.depth)
    summaries = backbone.num_summaries(blocks) * (1 if low is None else 2)
    return EnsembleModel(members, summaries, backbone.embed_dim, 3)


def picture(seed: int) -> np.ndarray:
    """A smooth picture, different for every seed."""
    coarse = np.random.default_rng(seed).integers(0, 255, (7, 7, 3), dtype=np.uint8)
    return np.asarray(Image.fromarray(coarse).resize((90, 75)))
