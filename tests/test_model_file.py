from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from fpt_core.backbone_catalogue import BUILT_IN_BACKBONE, built_in_path
from fpt_core.bundle import Bundle, save_bundle
from fpt_core.config import PixelRecipe, TrainingConfig
from fpt_core.errors import BundleError
from fpt_core.evaluation.calibration import Calibration
from fpt_core.evaluation.cross_fit import CrossFit, LearningCurve, SideSettings
from fpt_core.model_card import BackboneCard, DataCard, ModelCard
from fpt_core.model_file import ModelSummary, summarise_model

CROSS_FIT = CrossFit(
    folds=4,
    members=4,
    images=80,
    patients=60,
    shares={"side networks": 1.0},
    strengths={},
    side=SideSettings(),
    epochs=9,
    curve=LearningCurve((), 0.02, (0.0, 0.04)),
    notes=("The rarest class has 4 patients.",),
)
CARD = ModelCard(
    method="linear-probe",
    class_names=("healthy", "sick"),
    backbone=BackboneCard(BUILT_IN_BACKBONE, "ab", True, 64, 8, 192, 3, 16),
    recipe=PixelRecipe(),
    config=None,
    training=TrainingConfig(),
    split_fingerprint="cd",
    data=DataCard({"healthy": {"train": 50}, "sick": {"train": 40}}, {"train": 60}),
    metrics={"test": {"auc": 0.9, "auc_interval": [0.8, 0.95], "images": 30, "patients": 20}},
    calibration=Calibration("temperature", 1.0, (0.0, 0.0), "validation images", 30, 20),
)

pytestmark = pytest.mark.usefixtures("no_weights")


def _summary(folder: Path, **changes: Any) -> ModelSummary:
    path = folder / "model.fpt"
    save_bundle(path, Bundle(dataclasses.replace(CARD, **changes), {"a": torch.zeros(3)}))
    return summarise_model(path)


def test_a_file_is_told_whole(tmp_path: Path) -> None:
    summary = _summary(tmp_path)
    assert summary.card == CARD
    assert summary.file_bytes == (tmp_path / "model.fpt").stat().st_size
    assert summary.backbone.here
    assert summary.backbone.where == str(built_in_path())
    assert json.loads(json.dumps(summary.to_dict()))["card"]["metrics"] == CARD.metrics
    assert [limit.split()[0] for limit in summary.limits] == ["It", "Its"]


def test_a_missing_backbone_is_told_with_how_to_get_it(tmp_path: Path) -> None:
    missing = dataclasses.replace(CARD.backbone, name="vit_small_patch16_224.dino")
    backbone = _summary(tmp_path, backbone=missing).backbone
    assert not backbone.here
    assert "vit_small_patch16_224.safetensors" in backbone.remedy


def test_what_needs_no_other_file_is_told(tmp_path: Path) -> None:
    missing = dataclasses.replace(CARD.backbone, name="vit_small_patch16_224.dino")
    assert _summary(tmp_path, method="full", backbone=missing).backbone.here
    random = dataclasses.replace(missing, pretrained=False)
    summary = _summary(tmp_path, backbone=random)
    assert summary.backbone.here
    assert any("random weights" in limit for limit in summary.limits)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"metrics": {}}, "was not measured on images that it has never seen"),
        ({"metrics": {"test": {"images": 6, "patients": 6}}}, "6 test patients are too few"),
        (
            {"metrics": {"test": {"images": 9, "patients": 9, "auc_interval": [0.45, 0.8]}}},
            "no better than chance: the interval reaches down to 0.45",
        ),
        ({"data": DataCard({"a": {"train": 1}}, {})}, "learned a from 1 image alone"),
        ({"data": DataCard({"a": {"train": 99}}, None)}, "Patients were unknown"),
        ({"calibration": None}, "not calibrated"),
        ({"cross_fit": CROSS_FIT}, "Twice the patients would bring about +0.02"),
        ({"cross_fit": CROSS_FIT}, "The rarest class has 4 patients"),
        (
            {"cross_fit": CROSS_FIT, "metrics": {"out-of-fold": {"auc_interval": [0.48, 0.7]}}},
            "has not been shown to work: its AUC out of fold may be 0.48",
        ),
    ],
)
def test_limits_are_told(changes: dict[str, Any], said: str, tmp_path: Path) -> None:
    assert said in " ".join(_summary(tmp_path, **changes).limits)
    assert said not in " ".join(_summary(tmp_path).limits)


def test_a_file_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.fpt").write_bytes(b"nothing")
    with pytest.raises(BundleError, match="is truncated or damaged"):
        summarise_model(tmp_path / "a.fpt")


def test_reading_one_needs_no_torch(tmp_path: Path) -> None:
    _summary(tmp_path)
    code = (
        "import sys, pathlib; from fpt_core.model_file import summarise_model; "
        f"summarise_model(pathlib.Path({str(tmp_path / 'model.fpt')!r})); "
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
