from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from distillation.copies import images_below
from distillation.labelled import LabelledImages
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


@pytest.fixture
def images(tmp_path: Path) -> LabelledImages:
    """Sixty images of thirty patients, whose class is how bright they are."""
    rng = np.random.default_rng(0)
    rows = [("file", "label", "patient_id")]
    for number in range(60):
        label = "bright" if (number // 2) % 2 else "dark"
        pixels = rng.integers(0, 128, (40, 40, 3), dtype=np.uint8) + 100 * (label == "bright")
        Image.fromarray(pixels.astype(np.uint8)).save(tmp_path / f"{number}.png")
        rows.append((f"{number}.png", label, f"p{number // 2}"))
    with (tmp_path / "labels.csv").open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    return LabelledImages.read("toy", tmp_path)
