from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from fpt_core import backbone_catalogue
from fpt_core.backbone_catalogue import (
    BUILT_IN_BACKBONE,
    BUILT_IN_SHA256,
    built_in_path,
    built_in_weights,
    candidates,
    choose,
    find_weights,
    missing_weights_error,
)
from fpt_core.config import DEFAULT_BACKBONE
from fpt_core.errors import WeightsError

Damage = Callable[[bytes], bytes]


@pytest.fixture
def box(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A copy of the box that a test may damage."""
    copy = Path(shutil.copy(built_in_path(), tmp_path))
    monkeypatch.setattr(backbone_catalogue, "built_in_path", lambda: copy)
    return copy


def test_the_box_is_sound_and_its_card_names_its_hash(no_weights: Path) -> None:
    assert built_in_weights().path == built_in_path()
    card = (built_in_path().parent / "README.md").read_text(encoding="utf-8")
    assert BUILT_IN_SHA256 in card
    assert BUILT_IN_BACKBONE in card


def test_on_a_machine_without_weights_the_box_is_chosen(no_weights: Path) -> None:
    (found,) = find_weights()
    assert found.built_in
    assert choose(None) == choose(BUILT_IN_BACKBONE) == found
    assert choose("vit_small_patch16_224") is None


def test_all_else_goes_before_the_box(no_weights: Path) -> None:
    (no_weights / "vit_tiny_patch16_224.safetensors").write_bytes(b"small")
    (no_weights / f"{DEFAULT_BACKBONE}.safetensors").write_bytes(b"")
    assert [weights.name for weights in candidates(None)] == [
        DEFAULT_BACKBONE,
        "vit_tiny_patch16_224",
        BUILT_IN_BACKBONE,
    ]


def test_the_hub_cache_goes_before_the_box(
    no_weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "hub/models--timm--vit_base_patch16_224.dino/snapshots/a/model.safetensors"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"weights")
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    assert [weights.path for weights in candidates(None)] == [file, built_in_path()]


def test_one_architecture_is_found_in_every_place(no_weights: Path) -> None:
    mine = no_weights / f"{BUILT_IN_BACKBONE}.safetensors"
    mine.write_bytes(b"mine")
    assert [weights.path for weights in candidates(BUILT_IN_BACKBONE)] == [mine, built_in_path()]
    assert [weights.path for weights in find_weights()] == [mine]


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: content[:-1],
        lambda content: content[:5000] + bytes([content[5000] ^ 1]) + content[5001:],
        lambda content: b"another file",
        lambda content: b"",
    ],
    ids=["cut", "one bit", "exchanged", "empty"],
)
def test_a_damaged_box_is_refused_in_words(no_weights: Path, box: Path, damage: Damage) -> None:
    box.write_bytes(damage(box.read_bytes()))

    with pytest.raises(WeightsError, match="damaged or was exchanged") as refused:
        built_in_weights()
    assert "Install" in refused.value.remedy
    assert find_weights() == candidates(BUILT_IN_BACKBONE) == ()
    assert "damaged or was exchanged" in missing_weights_error(None).message
    assert "FPT_WEIGHTS_DIR" in missing_weights_error(None).remedy


def test_an_absent_box_is_told(no_weights: Path, box: Path) -> None:
    box.unlink()
    with pytest.raises(WeightsError, match="cannot be read"):
        built_in_weights()
    assert find_weights() == ()
