from __future__ import annotations

from pathlib import Path

import pytest

from fpt_core.backbone_catalogue import BUILT_IN_BACKBONE
from fpt_core.backbone_offers import OFFERS, list_backbones, offer_called
from fpt_core.config import DEFAULT_BACKBONE
from fpt_core.errors import ConfigError


@pytest.mark.parametrize("offer", OFFERS, ids=lambda offer: offer.name)
def test_offers_are_true_to_what_timm_says(offer: object) -> None:
    import torch

    from fpt_core.models.timm_import import timm

    with torch.device("meta"):
        vit = timm.create_model(offer.name)  # type: ignore[attr-defined]
    cfg = vit.pretrained_cfg
    assert cfg["license"] == offer.licence  # type: ignore[attr-defined]
    assert cfg["hf_hub_id"] == offer.repository  # type: ignore[attr-defined]
    numbers = sum(tensor.numel() for tensor in vit.state_dict().values())
    assert round(4 * numbers / 1e6) == offer.megabytes  # type: ignore[attr-defined]


def test_what_is_here_is_not_offered(no_weights: Path) -> None:
    assert [found.name for found in list_backbones().here] == [BUILT_IN_BACKBONE]
    assert list_backbones().offered == OFFERS
    assert list_backbones().refused == ""
    (no_weights / f"{DEFAULT_BACKBONE}.safetensors").write_bytes(b"weights")
    listed = list_backbones()
    assert listed.here[0].name == DEFAULT_BACKBONE
    assert listed.here[0].place == "folder"
    assert listed.here[0].file_bytes == 7
    assert DEFAULT_BACKBONE not in [offer.name for offer in listed.offered]


def test_a_box_that_is_not_used_is_told(no_weights: Path, no_box: Path) -> None:
    listed = list_backbones()
    assert listed.here == ()
    assert "cannot be read" in listed.refused


def test_another_name_is_refused() -> None:
    with pytest.raises(ConfigError, match="'vit_none' is offered"):
        offer_called("vit_none")
