"""A small trainer on records of a small backbone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from fpt_core.config import PixelRecipe, TrainingConfig
from fpt_core.features.reading import store_spec
from fpt_core.features.store import FeatureStore, StoreWriter
from fpt_core.models.backbone import FrozenBackbone
from fpt_core.models.fpt import FptModel
from fpt_core.training.data import Example, StoreReader
from fpt_core.training.loop import Trainer, TrainingData
from tests.training.trainers import TRAINING, MakeTrainer, tiny_config


@pytest.fixture
def data(backbone: FrozenBackbone, tmp_path: Path) -> Iterator[TrainingData]:
    """Twelve images to train on and six to validate, whose brightness tells the class."""
    config = tiny_config()
    spec = store_spec(backbone, config, PixelRecipe(), "float32")
    rng = np.random.default_rng(0)
    examples = [Example(f"{number:064x}", number % 2) for number in range(18)]
    with StoreWriter(tmp_path, spec) as writer:
        for example in examples:
            side = rng.integers(0, 100, (18, 18, 3), np.uint8) + np.uint8(120 * example.target)
            tokens = backbone.important_tokens(
                torch.from_numpy(rng.normal(size=(1, 3, 32, 32))).float(), (2, 3), 0.2, "global"
            )
            parts = (tokens.keys[:, 0], tokens.values[:, 0], tokens.indices[:, 0])
            writer.append(example.image_hash, *parts, side)
    with FeatureStore(tmp_path, spec) as store:
        reader = StoreReader(store, config.side_image_size, torch.device("cpu"))
        yield TrainingData(reader, examples[:12], examples[12:])


@pytest.fixture
def make_trainer(data: TrainingData, backbone: FrozenBackbone, tmp_path: Path) -> MakeTrainer:
    """Builds a trainer with always the same initial weights; its name is its checkpoint's."""

    def make(name: str, training: TrainingConfig = TRAINING, **more: Any) -> Trainer:
        torch.manual_seed(11)
        model = FptModel.for_backbone(tiny_config(), backbone, 2)
        torch.manual_seed(sum(name.encode()))  # what happened before must not matter
        return Trainer(model, data, training, tmp_path / f"{name}.pt", **more)

    return make
