from __future__ import annotations

import dataclasses

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from app.training_panel.estimate_card import EstimateCard
from fpt_core.events import Failed, Progress
from tests.app.training_panel.estimates import FITS, UNFIT


@pytest.fixture
def card(qtbot: QtBot) -> EstimateCard:
    card = EstimateCard()
    qtbot.addWidget(card)
    card.show()
    return card


def text(card: EstimateCard, name: str) -> str:
    label = card.findChild(QLabel, name)
    assert label is not None
    return label.text() if label.isVisible() else ""


def test_figures_have_their_usual_error_and_stand_beside_what_one_would_do_otherwise(
    card: EstimateCard,
) -> None:
    card.show_estimate(FITS)

    assert text(card, "memory_bytes0") == "200 MB<br><small>180 MB to 220 MB</small>"
    assert text(card, "disk_bytes0") == "464 MB"
    assert text(card, "train_s0") == "10 min<br><small>8 min to 13 min</small>"
    assert text(card, "memory_bytes1").startswith("11.6 GB")
    assert text(card, "memory_bytes2").startswith("13.9 GB")
    assert text(card, "disk_bytes2") == "none"
    assert text(card, "estimateVerdict").startswith("✓ It fits: 7.2 GB of memory")
    assert "LoRA and Full fine-tuning would not fit" in text(card, "estimateNote")
    assert "40 of 120 images are prepared already" in text(card, "estimateNote")


def test_what_does_not_fit_is_said_with_one_click_to_what_does(
    qtbot: QtBot, card: EstimateCard
) -> None:
    card.show_estimate(UNFIT)
    assert text(card, "estimateVerdict") == (
        "▲ Does not fit. It needs 9.0 GB of memory; 7.2 GB are free."
    )
    assert card.use.text() == "Use 384 px and batch size 4"

    with qtbot.waitSignal(card.nearest_wanted) as wanted:
        qtbot.mouseClick(card.use, Qt.MouseButton.LeftButton)
    assert wanted.args == [UNFIT.nearest]

    card.show_estimate(FITS)
    assert card.use.isHidden()


def test_a_measurement_says_how_far_it_is(card: EstimateCard) -> None:
    card.show_estimate(FITS)
    card.show_measuring()
    assert card.estimate is None
    assert text(card, "memory_bytes0") == ""
    assert "Measuring" in text(card, "estimateNote")

    card.show_progress(Progress("Measuring a training step", 1, 3))
    assert text(card, "estimateNote") == "Measuring a training step…"

    card.show_estimate(dataclasses.replace(FITS, beside=()))
    card.show_progress(Progress("Measuring a training step", 2, 3))
    assert "other methods are being measured" in text(card, "estimateNote")
    assert text(card, "memory_bytes0").startswith("200 MB")


def test_why_nothing_can_be_told_is_said(card: EstimateCard) -> None:
    card.show_failure(Failed("config", "512 px is no multiple of 14.", "Choose 518."))
    assert text(card, "estimateVerdict") == "▲ 512 px is no multiple of 14. Choose 518."
    assert card.use.isHidden()
    assert card.again.isVisible()


def test_it_can_be_measured_again(qtbot: QtBot, card: EstimateCard) -> None:
    card.show_estimate(FITS)
    with qtbot.waitSignal(card.afresh_wanted):
        qtbot.mouseClick(card.again, Qt.MouseButton.LeftButton)
