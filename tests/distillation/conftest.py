from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from distillation.copies import images_below
from distillation.pool import ImagePool
from distillation.settings import DistillationConfig


@pytest.fixture
def config() -> DistillationConfig:
    """Two blocks of four, two tiny input sizes."""
    return DistillationConfig(
        steps=4,
        depth=2,
        batches=((32, 2), (48, 1)),
        batch_shares=(0.5, 0.5),
        num_procedural=5,
        photograph_size=40,
        procedural_size=40,
        warmup_steps=1,
        calibration_steps=4,
        attention_rows=4,
    )


@pytest.fixture
def pool(config: DistillationConfig, tmp_path: Path) -> ImagePool:
    """Three photographs and five procedural images."""
    photographs = tmp_path / "photographs"
    photographs.mkdir()
    rng = np.random.default_rng(0)
    for number in range(3):
        pixels = rng.integers(0, 256, (30, 44), dtype=np.uint8)
        Image.fromarray(pixels).save(photographs / f"{number}.jpg")
    return ImagePool(tmp_path / "work", images_below(photographs), config)
