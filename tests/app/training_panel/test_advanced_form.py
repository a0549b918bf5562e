from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from app.training_panel.advanced_form import AdvancedForm
from fpt_core.config import TrainingConfig
from fpt_core.jobs.requests import PrepareRequest, TrainRequest

DEFAULTS = TrainRequest(PrepareRequest(Path("p")))


@pytest.fixture
def form(qtbot: QtBot) -> AdvancedForm:
    form = AdvancedForm()
    qtbot.addWidget(form)
    form.set_classes(("mild", "none", "severe"))
    form.show()
    return form


def test_untouched_it_changes_nothing(form: AdvancedForm) -> None:
    assert form.applied_to(DEFAULTS) == DEFAULTS


def test_what_is_shown_is_asked_for(form: AdvancedForm) -> None:
    wanted = TrainRequest(
        PrepareRequest(Path("p"), dtype="int8"),
        TrainingConfig(
            epochs=7,
            learning_rate=0.002,
            weight_decay=0.05,
            grad_clip=2.0,
            seed=11,
            imbalance="balanced-sampling",
            class_order=("none", "mild", "severe"),
        ),
    )
    form.show_request(wanted)
    assert form.applied_to(DEFAULTS) == wanted
    assert form.order.isVisible()


def test_an_order_can_be_told_of_three_classes_or_more(form: AdvancedForm) -> None:
    assert form.ordered.isVisible()
    assert form.order.isHidden()
    form.ordered.setChecked(True)
    form.order.list.setCurrentRow(1)
    form.order.up.click()
    assert form.applied_to(DEFAULTS).training.class_order == ("none", "mild", "severe")

    form.set_classes(("a", "b"))
    assert form.ordered.isHidden()
    assert form.applied_to(DEFAULTS).training.class_order == ()


def test_every_setting_has_its_sentence(form: AdvancedForm) -> None:
    sentences = {
        label.objectName().removesuffix("Sentence"): label.text()
        for label in form.findChildren(QLabel)
        if label.objectName().endswith("Sentence")
    }
    for widget in (
        form.epochs,
        form.learning_rate,
        form.imbalance,
        form.weight_decay,
        form.grad_clip,
        form.dtype,
        form.seed,
        form.ordered,
    ):
        assert sentences[widget.objectName()].endswith(".")
