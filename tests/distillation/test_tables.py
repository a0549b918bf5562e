from __future__ import annotations

import dataclasses
import json
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from distillation.labelled import LabelledImages
from distillation.quality import Measurements
from distillation.tables import auc_table, difference_table, error_of_mean, overlap_list
from fpt_core.models.backbone import FrozenBackbone


def _load(backbone: FrozenBackbone, name: str, size: int) -> FrozenBackbone:
    """One of two that differ in name alone, told to be of another size."""
    same = object.__new__(FrozenBackbone)
    same.__dict__.update(backbone.__dict__)
    same.name, same.image_size = name, size
    return same


def test_the_error_of_a_mean_counts_what_splits_share() -> None:
    figures = list(np.random.default_rng(0).normal(size=25))
    usual = np.std(figures, ddof=1) / 5
    assert error_of_mean(figures, folds=5) == pytest.approx(usual * np.sqrt(1 + 25 / 4))


def test_tables_tell_what_is_known_and_what_is_not(
    images: LabelledImages, backbone: FrozenBackbone, tmp_path: Path
) -> None:
    load = {name: partial(_load, backbone, name) for name in ("small", "large")}
    key = backbone.weights_hash[:12]
    known = {
        f"probe toy small {key} 512": [0.9, 0.8, 0.7],
        f"probe toy large {key} 512": [0.8, 0.7, 0.6],
        "probe toy pixels 512": [0.5, 0.9, 0.7],
    }
    (tmp_path / "quality.json").write_text(json.dumps(known))
    measurements = Measurements(tmp_path, known_only=True)
    other = dataclasses.replace(images, name="other")

    table = auc_table(measurements, [images, other], load)
    assert table[0] == (
        "| features | px | toy, linear probe | toy, FPT+ | other, linear probe | other, FPT+ |"
    )
    assert table[3].startswith("| small | 512 | 0.800 ± 0.076 | not measured |")
    differences = difference_table(measurements, [images, other], load, "small")
    assert differences[2] == "| large | +0.100 (+0.100 to +0.100) | not measured |"
    assert differences[3].startswith("| pixels | +0.100 (-0.")
    *_, overlap = overlap_list(measurements, [images], load, "large")
    assert overlap == "* small, toy: not measured"
