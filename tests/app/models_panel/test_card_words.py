from __future__ import annotations

import dataclasses

import pytest

from app.models_panel.card_words import recipe_text, sections
from fpt_core.config import PixelRecipe
from fpt_core.model_file import summarise_model
from tests.app.model_files import CARD
from tests.app.models_panel.conftest import WriteModel


def told(write_model: WriteModel, **changes: object) -> dict[str, str]:
    return dict(sections(summarise_model(write_model(**changes))))


def test_a_card_is_told_whole(write_model: WriteModel) -> None:
    said = told(write_model)

    assert said["Classes"] == "healthy, ill &lt;1&gt;"
    assert said["Method"] == "FPT+ · 512 px · 90,000 learnable parameters (1.50%)"
    assert "✓ On this machine" in said["Backbone"]
    assert said["Images are read"] == "window brain, cropped to the disc"
    assert "Patients" in said["Learned from"]
    assert "0.900 (0.800–0.950)" in said["Figures (95 % interval)"]
    assert "Validation" not in said["Figures (95 % interval)"]
    assert "198 MB of memory on cpu" in said["Training took"]
    assert said["Keep in mind"].startswith("• It knows healthy, ill &lt;1&gt; and nothing else")
    assert said["Intended use"] == "Research use only. Not a medical device."
    assert said["Made with"] == "fpt-studio 0.1.0"


def test_a_missing_backbone_is_told_with_what_to_do(write_model: WriteModel) -> None:
    missing = dataclasses.replace(CARD.backbone, name="vit_small_patch16_224.dino")
    assert "▲ Not on this machine. Put vit_small" in told(write_model, backbone=missing)["Backbone"]


def test_what_an_earlier_file_does_not_hold_is_left_out(write_model: WriteModel) -> None:
    said = told(write_model, data=None, cost=None, metrics={}, versions={})
    assert "Learned from" not in said
    assert "Training took" not in said
    assert not any(heading.startswith("Figures") for heading in said)
    assert said["Made with"] == "not told"


@pytest.mark.parametrize(
    ("recipe", "text"),
    [
        (PixelRecipe(), "through the window that each file names"),
        (
            PixelRecipe(fundus_contrast=True),
            "through the window that each file names, with its light evened out",
        ),
    ],
)
def test_recipes(recipe: PixelRecipe, text: str) -> None:
    assert recipe_text(recipe) == text
