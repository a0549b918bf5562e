"""Model files that earlier versions wrote: still read, still the same answers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fpt_core.config import PixelRecipe, WindowChoice
from fpt_core.model_card import load_card
from fpt_core.model_file import summarise_model
from fpt_core.predictor import load_model

GOLDEN = Path(__file__).parent / "golden"
ANSWER = (0.032638, 0.001575, 0.965787)
"""Of the version that wrote format 2, to seeded noise; the weights of both files are equal."""


@pytest.mark.parametrize("number", [1, 2])
def test_an_old_file_answers_as_it_did(number: int) -> None:
    model = load_model(GOLDEN / f"model_format_{number}.fpt", device="cpu")
    pixels = np.random.default_rng(0).integers(0, 256, (40, 48, 3), dtype=np.uint8)
    answer = model.predict(pixels)
    assert answer.class_names == ("benign", "malignant", "normal")
    assert answer.probabilities == pytest.approx(ANSWER, abs=1e-4)


@pytest.mark.parametrize(
    ("number", "recipe"),
    [
        (1, PixelRecipe(windows=(WindowChoice(40.0, 80.0),))),
        (2, PixelRecipe(fundus_crop=True)),
    ],
)
def test_an_old_card_is_read(number: int, recipe: PixelRecipe) -> None:
    path = GOLDEN / f"model_format_{number}.fpt"
    card = load_card(path)
    assert card.recipe == recipe
    assert card.training.seed == 3
    assert card.training.probe_features == "both", "what the probe read then"
    assert card.metrics["test"]["auc"] == 0.9
    assert (card.data, card.cost) == (None, None)
    assert summarise_model(path).backbone.here
