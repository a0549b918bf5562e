from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import torch

from distillation.copies import images_below
from distillation.pool import ImagePool, augmented
from distillation.settings import DistillationConfig


def test_a_batch_depends_on_seed_and_step_alone(
    pool: ImagePool, config: DistillationConfig, tmp_path: Path
) -> None:
    files = images_below(tmp_path / "photographs")
    again = ImagePool(tmp_path / "work", files, config)
    other = ImagePool(tmp_path / "work", files, dataclasses.replace(config, seed=1))
    batches = [pool.batch(step) for step in range(8)]

    assert {batch.shape[2:] for batch in batches} == {(32, 32), (48, 48)}
    assert all(torch.equal(batch, again.batch(step)) for step, batch in enumerate(batches))
    assert any(
        batch.shape != changed.shape or not torch.equal(batch, changed)
        for batch, changed in zip(batches, map(other.batch, range(8)), strict=True)
    )


def test_images_of_another_size_are_decoded_anew(
    pool: ImagePool, config: DistillationConfig, tmp_path: Path
) -> None:
    larger = dataclasses.replace(config, photograph_size=44)
    ImagePool(tmp_path / "work", images_below(tmp_path / "photographs"), larger)
    assert np.load(tmp_path / "work" / "photographs.npy").shape == (3, 44, 44, 3)


def test_augmentation_keeps_pixels_in_range() -> None:
    rng = np.random.default_rng(0)
    image = rng.integers(0, 256, (40, 40, 3), dtype=np.uint8)
    for _ in range(20):
        crop = augmented(image, 32, rng)
        assert crop.shape == (3, 32, 32)
        assert 0 <= crop.min() < crop.max() <= 1
