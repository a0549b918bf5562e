"""Figures are SVG that can stand in one page together."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from typing import Any

import pytest

from fpt_core.report import plots

BAND = {"x": (0.0, 1.0), "low": (0.0, 0.8), "high": (0.5, 1.0)}
CURVE = {"x": (0.0, 0.5, 1.0), "y": (0.0, 0.8, 1.0), "band": BAND}
FIGURE = {"value": 0.8, "interval": {"low": 0.7, "high": 0.9}}
EPOCHS = [
    {"epoch": 1, "train_loss": 0.9, "val_loss": None, "val_auc": None, "is_best": True},
    {"epoch": 2, "train_loss": 0.5, "val_loss": 0.6, "val_auc": 0.7, "is_best": False},
]
BIN = {"images": 3, "predicted": 0.4, "observed": 0.5, "observed_low": 0.2, "observed_high": 0.8}
EMPTY = {**BIN, "images": 0, "predicted": None, "observed": None}
BENEFIT = [{"threshold": t, "model": 0.3 - t / 2, "everyone": 0.3 - t} for t in (0.1, 0.5)]
GROUPS = {
    "sex": [
        {"value": "F", "patients": 12, "auc": FIGURE},
        {"value": "M", "patients": 3, "auc": {"value": 0.6, "interval": None}},
        {"value": "a very long name of a group that nobody would want to read", "patients": 0,
         "auc": {"value": None, "interval": None}},
    ]
}  # fmt: skip
DRAWN: dict[str, Callable[[], Any]] = {
    "training": lambda: plots.training_plot(EPOCHS),
    "roc": lambda: plots.roc_plot("a & <b>", CURVE),
    "roc without a band": lambda: plots.roc_plot("c", {**CURVE, "band": None}),
    "precision": lambda: plots.precision_recall_plot("a & <b>", CURVE, 0.3),
    "reliability": lambda: plots.reliability_plot(
        "a", {"uncalibrated": [BIN, EMPTY], "calibrated": [BIN, {**BIN, "predicted": 0.6}]}
    ),
    "benefit": lambda: plots.net_benefit_plot("a", BENEFIT),
    "forest": lambda: plots.forest_plot(GROUPS, FIGURE),
}


@pytest.mark.parametrize("name", DRAWN)
def test_a_figure_is_small_svg_with_text_and_without_a_date(name: str) -> None:
    svg = DRAWN[name]()
    root = ElementTree.fromstring(svg)
    assert root.tag.endswith("svg")
    assert root.findall(".//{*}text"), "words stay words"
    assert "<!DOCTYPE" not in svg
    assert not re.search(r"\d{4}-\d\d-\d\dT", svg)
    assert len(svg) < 60_000
    assert DRAWN[name]() == svg, "the same content, the same page"


def test_what_cannot_be_told_is_said_in_the_forest_plot() -> None:
    svg = DRAWN["forest"]()
    assert "not measurable" in svg
    assert "nobody would want to read" not in svg


def test_a_model_without_calibration_has_one_line() -> None:
    both = plots.reliability_plot("a", {"uncalibrated": [BIN], "calibrated": [BIN]})
    assert "uncalibrated" in both
    assert not re.search(r">calibrated<", both)
