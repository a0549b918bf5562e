from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file

from fpt_core.bundle import Bundle, load_bundle, save_bundle, software_versions
from fpt_core.config import CT_WINDOWS, PixelRecipe, TrainingConfig, WindowChoice, preset
from fpt_core.errors import BundleError
from fpt_core.evaluation.familiarity import Familiarity
from fpt_core.model_card import (
    FORMAT_VERSION,
    BackboneCard,
    DataCard,
    ModelCard,
    TrainingCost,
    load_card,
)

CARD = ModelCard(
    method="fpt+",
    class_names=("healthy", "sick"),
    backbone=BackboneCard("vit", "ab", True, 512, 12, 768, 12, 16),
    recipe=PixelRecipe(windows=(CT_WINDOWS["lung"],)),
    config=preset("fpt+"),
    training=TrainingConfig(seed=4),
    split_fingerprint="cd",
    data=DataCard({"healthy": {"train": 9, "test": 4}, "sick": {"train": 7, "test": 4}}, None),
    metrics={"test": {"auc": 0.75, "images": 8}},
    cost=TrainingCost(1_000, 100_000, 3.5, 60.0, 200_000_000, 10**10, "cpu"),
    versions=software_versions(),
)
STATE = {"a.weight": torch.randn(3, 4), "a.bias": torch.arange(3.0)}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    save_bundle(tmp_path / "model.fpt", Bundle(CARD, STATE))
    return tmp_path / "model.fpt"


def _with_card(path: Path, **changes: Any) -> None:
    with safe_open(path, "pt") as file:
        metadata = file.metadata()
    [key] = metadata
    fields = {**json.loads(metadata[key]), **changes}
    kept = {name: value for name, value in fields.items() if value is not None}
    save_file(STATE, path, {key: json.dumps(kept)})


def test_comes_back_as_it_was(path: Path) -> None:
    bundle = load_bundle(path)
    assert bundle.card == CARD
    assert bundle.state.keys() == STATE.keys()
    assert all(torch.equal(bundle.state[key], STATE[key]) for key in STATE)
    assert load_card(path) == CARD
    assert [file.name for file in path.parent.iterdir()] == ["model.fpt"]


def test_the_summary_of_the_training_images_comes_back(tmp_path: Path) -> None:
    known = Familiarity(np.eye(3, 5, dtype=np.float16), ("a1", "b2", "c3"), 1.5)
    save_bundle(tmp_path / "model.fpt", Bundle(CARD, STATE, known))
    bundle = load_bundle(tmp_path / "model.fpt")
    assert bundle.state.keys() == STATE.keys()
    assert bundle.familiarity is not None
    assert (bundle.familiarity.images, bundle.familiarity.limit) == (known.images, known.limit)
    assert np.array_equal(bundle.familiarity.references, known.references)


def test_a_probe_has_no_config(tmp_path: Path) -> None:
    card = dataclasses.replace(CARD, method="linear-probe", config=None)
    save_bundle(tmp_path / "probe.fpt", Bundle(card, STATE))
    assert load_card(tmp_path / "probe.fpt") == card


def test_states_its_intended_use(path: Path) -> None:
    assert load_card(path).intended_use == "Research use only. Not a medical device."


@pytest.mark.parametrize("kept", [0, 4, 100, -1])
def test_a_truncated_file_is_told(kept: int, path: Path) -> None:
    path.write_bytes(path.read_bytes()[:kept])
    for load in (load_card, load_bundle):
        with pytest.raises(BundleError, match=r"model\.fpt is truncated or damaged"):
            load(path)


def test_a_newer_version_is_told(path: Path) -> None:
    newer = {"format_version": FORMAT_VERSION + 1, "surprise": 1}
    _with_card(path, versions={"fpt-studio": "9.1.0"}, **newer)
    with pytest.raises(
        BundleError, match=rf"Studio 9\.1\.0 \(model format {FORMAT_VERSION + 1}\)"
    ) as told:
        load_bundle(path)
    assert f"reads up to format {FORMAT_VERSION}" in told.value.message
    assert told.value.remedy == "Update FPT Studio to 9.1.0 or later."
    _with_card(path, versions=None, **newer)
    with pytest.raises(BundleError, match="made by FPT Studio of a later version") as told:
        load_card(path)
    assert told.value.remedy == "Update FPT Studio."


@pytest.mark.parametrize("missing", ["class_names", "backbone", "training", "method"])
def test_an_incomplete_card_is_told(missing: str, path: Path) -> None:
    _with_card(path, **{missing: None})
    with pytest.raises(BundleError, match=r"card of model\.fpt is incomplete"):
        load_bundle(path)


def test_an_unknown_field_is_told(path: Path) -> None:
    _with_card(path, surprise=1)
    with pytest.raises(BundleError, match="incomplete"):
        load_bundle(path)


@pytest.mark.parametrize("text", ["no json", "[1, 2]", '{"format_version": "1"}'])
def test_a_card_that_is_no_card_is_told(text: str, path: Path) -> None:
    save_file(STATE, path, {"fpt_studio": text})
    with pytest.raises(BundleError, match=r"model\.fpt"):
        load_bundle(path)


def test_a_setting_out_of_range_is_told(path: Path) -> None:
    _with_card(path, config={**dataclasses.asdict(preset("fpt+")), "token_ratio": 7})
    with pytest.raises(BundleError, match=r"card of model\.fpt"):
        load_bundle(path)


def test_other_files_are_told(tmp_path: Path) -> None:
    save_file(STATE, tmp_path / "vit.safetensors")
    with pytest.raises(BundleError, match=r"vit\.safetensors is no model file of FPT Studio"):
        load_bundle(tmp_path / "vit.safetensors")
    with pytest.raises(BundleError, match="There is no model file"):
        load_bundle(tmp_path / "none.fpt")
    (tmp_path / "notes.fpt").write_text("hello")
    with pytest.raises(BundleError, match=r"notes\.fpt is truncated or damaged, or is no model"):
        load_card(tmp_path / "notes.fpt")


@pytest.mark.parametrize(
    ("center", "width", "windows"), [(None, None, ()), (40.0, 80.0, (WindowChoice(40.0, 80.0),))]
)
def test_a_model_of_format_1_is_read(
    path: Path, center: float | None, width: float | None, windows: tuple[WindowChoice, ...]
) -> None:
    old = {"window_center": center, "window_width": width, "fundus_crop": True}
    _with_card(path, recipe=old, format_version=1)

    assert load_card(path).recipe == PixelRecipe(windows=windows, fundus_crop=True)
