"""Model files as training writes them."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save_file

from fpt_core.backbone_catalogue import BUILT_IN_BACKBONE
from fpt_core.config import PixelRecipe, TrainingConfig, WindowChoice, to_dict
from fpt_core.model_card import METADATA_KEY, BackboneCard, DataCard, ModelCard, TrainingCost

CARD = ModelCard(
    method="fpt+",
    class_names=("healthy", "ill <1>"),
    backbone=BackboneCard(BUILT_IN_BACKBONE, "ab", True, 512, 8, 192, 3, 16),
    recipe=PixelRecipe(windows=(WindowChoice(40, 80),), fundus_crop=True),
    config=None,
    training=TrainingConfig(),
    split_fingerprint="cd",
    data=DataCard(
        {"healthy": {"train": 50, "test": 12}, "ill <1>": {"train": 40, "test": 9}},
        {"train": 60, "test": 15},
    ),
    metrics={
        "test": {"auc": 0.9, "auc_interval": [0.8, 0.95], "images": 21, "patients": 15},
        "val": {"auc": None, "images": 0},
    },
    cost=TrainingCost(90_000, 6_000_000, 30.0, 200.0, 198_000_000, 2_500_000_000, "cpu"),
    versions={"fpt-studio": "0.1.0"},
)


def model_file(folder: Path, name: str = "model.fpt", **changes: Any) -> Path:
    """A model file with this card, changed, and hardly any weights."""
    card = json.dumps(to_dict(dataclasses.replace(CARD, **changes)))
    save_file({"a": np.zeros(3, np.float32)}, folder / name, {METADATA_KEY: card})
    return folder / name
