"""The demo as it is, on fewer images."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from fpt_core.backbone_catalogue import BUILT_IN_BACKBONE
from fpt_core.demo_images import draw_sample
from fpt_core.errors import WeightsError
from fpt_core.events import Finished
from fpt_core.jobs import demo as demo_module


def test_the_demo_is_carried_through_with_the_built_in_backbone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, no_weights: Path
) -> None:
    """Also where there are other weights: it is to be the same demo on every machine."""
    (no_weights / "vit_base_patch16_224.safetensors").write_bytes(b"never read")
    few = partial(draw_sample, patients_per_class=4, images_per_patient=1, size=128)
    monkeypatch.setattr(demo_module, "draw_sample", few)

    *_, finished = demo_module.demo(tmp_path)

    assert isinstance(finished, Finished)
    assert finished.result["backbone"] == BUILT_IN_BACKBONE
    assert finished.result["pretrained"]
    assert list(Path(finished.result["heatmaps"]).iterdir())


def test_a_missing_box_is_told_before_anything_is_drawn(
    tmp_path: Path, no_weights: Path, no_box: Path
) -> None:
    with pytest.raises(WeightsError, match="cannot be read"):
        next(demo_module.demo(tmp_path / "demo"))
    assert not (tmp_path / "demo").exists()
