"""`fpt backbones` and `fpt show`, as people and scripts use them."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
import torch

from fpt_core.backbone_catalogue import BUILT_IN_BACKBONE
from fpt_core.backbone_offers import OFFERS
from fpt_core.bundle import Bundle, save_bundle
from fpt_core.cli import main
from fpt_core.models.backbone import bare_vit
from tests.test_model_file import CARD

pytestmark = pytest.mark.usefixtures("no_weights")
Capture = pytest.CaptureFixture[str]


def test_backbones_are_listed(capsys: Capture) -> None:
    assert main(["backbones"]) == 0
    told = capsys.readouterr().out
    assert f"{BUILT_IN_BACKBONE} " in told
    assert all(offer.name in told and offer.licence in told for offer in OFFERS)
    assert main(["backbones", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert [found["place"] for found in listed["here"]] == ["built in"]
    assert len(listed["offered"]) == len(OFFERS)


def test_a_file_is_added(capsys: Capture, tmp_path: Path, no_weights: Path) -> None:
    stick = tmp_path / "vit_tiny_patch16_224.pth"
    torch.save(bare_vit("vit_tiny_patch16_224").state_dict(), stick)
    assert main(["backbones", "add", str(stick), "--json"]) == 0
    added = json.loads(capsys.readouterr().out)
    assert Path(added["path"]) == no_weights / "vit_tiny_patch16_224.safetensors"
    assert main(["backbones", "add", str(stick), "--name", "vit_small_patch16_224"]) == 1
    told = capsys.readouterr().err
    assert "  norm.bias is (192,) instead of (384,)" in told
    assert "do not fit vit_small_patch16_224" in told


@pytest.mark.parametrize(
    ("typed", "said"), [(None, "add --yes"), ("n\n", "Nothing was downloaded")]
)
def test_a_download_is_asked_for_first(
    typed: str | None, said: str, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = io.StringIO(typed or "")
    monkeypatch.setattr(terminal, "isatty", lambda: typed is not None)
    monkeypatch.setattr("sys.stdin", terminal)
    assert main(["backbones", "download", OFFERS[0].name]) == 1
    told = capsys.readouterr().err
    assert f"{OFFERS[0].megabytes} MB, licence apache-2.0" in told
    assert said in told


def test_a_model_file_is_shown(capsys: Capture, tmp_path: Path) -> None:
    path = tmp_path / "model.fpt"
    save_bundle(path, Bundle(CARD, {"a": torch.zeros(3)}))
    assert main(["show", str(path)]) == 0
    told = capsys.readouterr().out
    for words in (
        "healthy, sick",
        "AUC 0.900 (0.800-0.950) on 30 images",
        "healthy 50; sick 40; 60 patients",
        "Not a medical device",
        "an image of anything else",
    ):
        assert words in told
    assert main(["show", str(tmp_path / "none.fpt")]) == 1
    assert "There is no model file" in capsys.readouterr().err
