from __future__ import annotations

import json
import re

import pytest

from fpt_core.config import (
    CT_WINDOWS,
    LEARNING_RATES,
    METHODS,
    PixelRecipe,
    TrainingConfig,
    WindowChoice,
    parse_windows,
    to_dict,
)
from fpt_core.errors import ConfigError

THREE = parse_windows(["lung", "40,80", "file:BONE"])


@pytest.mark.parametrize(
    ("text", "window"),
    [
        ("lung", WindowChoice(-600, 1500)),
        ("40,80", WindowChoice(40, 80)),
        ("-0.5, 1e-2", WindowChoice(-0.5, 0.01)),
        ("file:Soft Tissue", WindowChoice(name="Soft Tissue")),
    ],
)
def test_a_window_is_read_as_it_is_written(text: str, window: WindowChoice) -> None:
    assert WindowChoice.parse(text) == window
    assert WindowChoice.parse(str(window)) == window


@pytest.mark.parametrize("text", ["", "liver", "40", "40,80,1", "file:", "40,x"])
def test_what_is_no_window_is_told_with_what_is(text: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(f"{text!r} is no display window")) as told:
        WindowChoice.parse(text)
    assert all(name in told.value.remedy for name in CT_WINDOWS)


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"center": 40},
        {"width": 80},
        {"center": 40, "width": 80, "name": "BONE"},
        {"center": 40, "width": 0},
        {"center": 40, "width": -1},
        {"center": float("nan"), "width": 80},
        {"center": 40, "width": float("inf")},
    ],
)
def test_half_a_window_is_refused(fields: dict[str, float]) -> None:
    with pytest.raises(ConfigError, match="a window"):
        WindowChoice(**fields)  # type: ignore[arg-type]


def test_a_recipe_survives_json() -> None:
    recipe = PixelRecipe(THREE, "coronal", fundus_crop=True, fundus_contrast=True)
    assert PixelRecipe.from_dict(json.loads(json.dumps(to_dict(recipe)))) == recipe
    assert PixelRecipe.from_dict(json.loads(json.dumps(to_dict(PixelRecipe())))) == PixelRecipe()


def test_equal_recipes_are_equal_as_text() -> None:
    whole, decimal = (PixelRecipe((WindowChoice(*pair),)) for pair in ((40, 80), (40.0, 80.0)))
    assert json.dumps(to_dict(whole)) == json.dumps(to_dict(decimal))


def test_two_windows_make_no_picture() -> None:
    with pytest.raises(ConfigError, match="windows must be none, one or three, not 2"):
        PixelRecipe(THREE[:2])
    with pytest.raises(ConfigError, match="volume_axis must be one of axial, coronal, sagittal"):
        PixelRecipe(volume_axis="oblique")  # type: ignore[arg-type]


@pytest.mark.parametrize("fields", [{"window_center": 40.0}, {"windows": [7]}, {"windows": None}])
def test_a_recipe_of_another_version_is_told(fields: dict[str, object]) -> None:
    with pytest.raises(ConfigError, match="no pixel recipe of this version"):
        PixelRecipe.from_dict(fields)


def test_file_alone_stands_for_the_files_own_window() -> None:
    assert parse_windows(["file"]) == ()


def test_every_method_has_a_usual_rate() -> None:
    assert set(LEARNING_RATES) == set(METHODS)
    assert LEARNING_RATES["fpt+"] == TrainingConfig().learning_rate
    assert LEARNING_RATES["full"] < LEARNING_RATES["lora"]


def test_what_a_probe_cannot_read_is_refused() -> None:
    with pytest.raises(ConfigError, match="probe_features must be one of class-token, mean, both"):
        TrainingConfig(probe_features="all")  # type: ignore[arg-type]
