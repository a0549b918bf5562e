from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from app.training_panel.settings_form import SettingsForm
from fpt_core.backbone_catalogue import BUILT_IN_BACKBONE
from fpt_core.config import DEFAULT_BACKBONE, PRESETS, TrainingConfig
from fpt_core.jobs.requests import BackboneChoice


@pytest.fixture
def form(qtbot: QtBot) -> SettingsForm:
    form = SettingsForm()
    qtbot.addWidget(form)
    return form


def test_it_begins_with_the_published_defaults(form: SettingsForm) -> None:
    request = form.request(Path("p"))

    assert request.prepare.method == "fpt+"
    assert request.prepare.image_size == PRESETS["fpt+"].image_size
    assert request.training == TrainingConfig()


def test_weights_on_this_machine_come_first(form: SettingsForm, no_weights: Path) -> None:
    (no_weights / "vit_small_patch16_224.safetensors").write_bytes(b"")

    form.refresh_backbones()
    choice = form.request(Path("p")).prepare.backbone

    assert choice.name == "vit_small_patch16_224"
    assert choice.weights == no_weights / "vit_small_patch16_224.safetensors"


@pytest.mark.parametrize("chosen", [True, False])
def test_a_weights_file_can_be_chosen(
    form: SettingsForm, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, chosen: bool
) -> None:
    file = tmp_path / "vit_base_patch16_384.safetensors"
    monkeypatch.setattr(
        QFileDialog, "getOpenFileName", lambda *_, **__: (str(file) if chosen else "", "")
    )
    last = form.backbone.count() - 1

    form.backbone.setCurrentIndex(last)
    form.backbone.activated.emit(last)
    choice = form.request(Path("p")).prepare.backbone

    assert (choice.weights == file) == chosen
    assert (choice.name == BUILT_IN_BACKBONE) != chosen


def test_the_built_in_backbone_says_what_it_is_and_how_to_get_a_better_one(
    form: SettingsForm,
) -> None:
    assert form.backbone.currentText() == "Built-in, small: for getting started"
    assert form.request(Path("p")).prepare.backbone == BackboneChoice(BUILT_IN_BACKBONE)
    assert "larger backbone is better" in form.backbone.toolTip()
    assert DEFAULT_BACKBONE.split(".")[0] in form.backbone.toolTip()

    form.backbone.setCurrentIndex(form.backbone.count() - 1)
    assert "larger" not in form.backbone.toolTip()


def test_other_weights_are_offered_before_the_built_in_ones(
    form: SettingsForm, no_weights: Path
) -> None:
    (no_weights / "vit_small_patch16_224.safetensors").write_bytes(b"")
    form.refresh_backbones()
    assert form.backbone.currentText() == "vit_small_patch16_224"
    assert form.backbone.findText("Built-in, small: for getting started") == 1


def test_where_nothing_is_found_the_job_is_left_to_say_why(
    form: SettingsForm, no_box: Path
) -> None:
    form.refresh_backbones()
    assert form.backbone.currentText() == "None found on this machine"
    assert form.request(Path("p")).prepare.backbone == BackboneChoice()


def test_a_probe_has_no_epochs(form: SettingsForm) -> None:
    form.method.setCurrentIndex(form.method.findData("linear-probe"))
    assert not form.epochs.isEnabled()

    form.method.setCurrentIndex(form.method.findData("fpt"))
    assert form.epochs.isEnabled()
