from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from distillation.labelled import LabelledImages
from distillation.quality import Measurements, probe_aucs, shared_tokens
from fpt_core.models.backbone import FrozenBackbone


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
