"""Tiny models over a tiny backbone, for tests."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from PIL import Image

from fpt_core.bundle import Bundle
from fpt_core.config import PixelRecipe, TrainingConfig, preset
from fpt_core.evaluation.calibration import Calibration
from fpt_core.jobs.run_result import backbone_card
from fpt_core.model_card import ModelCard
from fpt_core.models.backbone import FrozenBackbone
from fpt_core.models.baselines.linear_probe import LinearProbe
from fpt_core.models.fpt import FptModel
from fpt_core.predictor import Predictor

CALIBRATION = Calibration("platt", 0.7, (0.0, 0.3, -0.2), "validation images", 30, 30)
SHAPES: dict[str, dict[str, Any]] = {
    "plain": {},
    "no class token": {"class_token": False, "global_pool": "avg"},
    "registers": {"reg_tokens": 2},
}


def make_predictor(
    make_vit: Callable[..., Any], method: str = "fpt+", shape: str = "plain", **config: Any
) -> Predictor:
    """A calibrated model of three classes with weights that are no zeros."""
    backbone = FrozenBackbone(make_vit(depth=2, **SHAPES[shape]), "tiny", 64)
    return make_predictor_on(backbone, method, **config)


def make_predictor_on(backbone: FrozenBackbone, method: str, **config: Any) -> Predictor:
    """Such a model on any backbone."""
    torch.manual_seed(1)
    model: FptModel | LinearProbe
    if method == "linear-probe":
        width = backbone.embed_dim * (2 if backbone.vit.has_class_token else 1)
        settings, model = None, LinearProbe(width, 3)
    else:
        settings = dataclasses.replace(
            preset(method),
            image_size=backbone.image_size,
            side_image_size=32,
            num_prompts=3,
            **config,
        )
        model = FptModel.for_backbone(settings, backbone, 3)
    for parameter in model.parameters():
        parameter.data += 0.2 * torch.randn_like(parameter)
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
    return Predictor(Bundle(card, model.state_dict()), backbone)


def picture(seed: int) -> np.ndarray:
    """A smooth picture, different for every seed."""
    coarse = np.random.default_rng(seed).integers(0, 255, (7, 7, 3), dtype=np.uint8)
    return np.asarray(Image.fromarray(coarse).resize((90, 75)))
