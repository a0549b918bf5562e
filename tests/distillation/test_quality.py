from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from distillation.quality import LabelledImages, Measurements, probe_aucs, shared_tokens, splits
from fpt_core.models.backbone import FrozenBackbone


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


def test_no_patient_is_on_two_sides(images: LabelledImages) -> None:
    found = list(splits(images, folds=3, repeats=2))
    assert len(found) == 6
    patients = np.array(images.patients)
    for split in found:
        parts = [set(patients[rows]) for rows in (split.train, split.val, split.test)]
        assert sum(map(len, parts)) == len(set.union(*parts)) == 30
    first, second = (np.sort(np.concatenate([s.test for s in found[i : i + 3]])) for i in (0, 3))
    assert first.tolist() == second.tolist() == list(range(60))


def test_a_probe_is_as_good_as_its_features(images: LabelledImages) -> None:
    telling = images.targets[:, None].astype(np.float32)
    noise = np.random.default_rng(1).normal(size=(60, 3)).astype(np.float32)
    assert np.mean(probe_aucs(images, telling)) == 1
    assert np.mean(probe_aucs(images, noise)) < 0.75


def test_figures_are_measured_once(
    images: LabelledImages, backbone: FrozenBackbone, tmp_path: Path
) -> None:
    measured = Measurements(tmp_path / "work").probe(images, backbone)
    assert np.mean(measured) > 0.9
    (tmp_path / "0.png").unlink()
    assert Measurements(tmp_path / "work").probe(images, backbone) == measured


def test_shared_tokens_are_counted_by_block_whatever_their_order() -> None:
    first = torch.tensor([[[[0, 1, 2, 3]]], [[[4, 5, 6, 7]]]])
    second = torch.tensor([[[[3, 2, 9, 8]]], [[[7, 6, 5, 4]]]])
    assert shared_tokens(first, second) == [0.5, 1.0]
