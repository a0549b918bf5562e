from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog, QLabel
from pytestqt.qtbot import QtBot

from app.training_panel.settings_form import SettingsForm
from fpt_core.backbone_catalogue import BUILT_IN_BACKBONE
from fpt_core.config import DEFAULT_BACKBONE, METHODS, PRESETS, TrainingConfig
from fpt_core.jobs.estimates import Alternative
from fpt_core.jobs.requests import BackboneChoice, PrepareRequest, TrainRequest


@pytest.fixture
def form(qtbot: QtBot) -> SettingsForm:
    form = SettingsForm()
    qtbot.addWidget(form)
    return form


def test_it_begins_with_the_published_defaults(form: SettingsForm) -> None:
    request = form.request(Path("p"))

    assert request.prepare.method == "auto"
    assert request.prepare.image_size == PRESETS["fpt+"].image_size
    assert request.prepare.memory_limit_mb is None
    assert request.training == TrainingConfig()


def test_every_method_is_offered(form: SettingsForm) -> None:
    offered = [form.method.itemData(place) for place in range(form.method.count())]
    assert tuple(offered) == METHODS


def test_settings_of_a_run_come_back_as_they_were(form: SettingsForm, tmp_path: Path) -> None:
    weights = tmp_path / "gone.safetensors"
    request = TrainRequest(
        PrepareRequest(
            Path("p"),
            method="fpt",
            backbone=BackboneChoice("vit_small_patch14_dinov2", weights),
            image_size=518,
            dtype="int8",
            memory_limit_mb=1500,
            device="cpu",
        ),
        TrainingConfig(epochs=3, batch_size=5, learning_rate=0.002, betas=(0.8, 0.99), seed=4),
    )

    form.show_request(request)

    assert form.request(Path("p")) == request


def test_showing_a_run_is_one_change(qtbot: QtBot, form: SettingsForm) -> None:
    changes: list[int] = []
    form.changed.connect(lambda: changes.append(1))
    form.show_request(TrainRequest(PrepareRequest(Path("p"), "fpt", image_size=384)))
    assert changes == [1]


def test_settings_that_fit_are_taken_over(form: SettingsForm) -> None:
    before = form.request(Path("p"))
    form.use(Alternative("fpt+", 384, 4, "int8", "384 px and batch size 4"))

    after = form.request(Path("p"))
    expected = dataclasses.replace(before.prepare, method="fpt+", image_size=384, dtype="int8")
    assert after.prepare == expected
    assert after.training == dataclasses.replace(before.training, batch_size=4)


def test_sizes_are_multiples_of_the_patch(form: SettingsForm, no_weights: Path) -> None:
    (no_weights / "vit_small_patch14_reg4_dinov2.safetensors").write_bytes(b"0" * 9)
    form.refresh_backbones()
    name = "vit_small_patch14_reg4_dinov2"
    form.backbone.setCurrentIndex(form.backbone.findText(name))

    sizes = [form.image_size.itemData(place) for place in range(form.image_size.count())]
    assert all(size % 14 == 0 for size in sizes)
    assert form.request(Path("p")).prepare.image_size == 518


def test_weights_on_this_machine_come_first(form: SettingsForm, no_weights: Path) -> None:
    (no_weights / "vit_small_patch16_224.safetensors").write_bytes(b"")

    form.backbone.clear()
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
    assert form.backbone.currentText() == "Built-in, small"
    assert form.request(Path("p")).prepare.backbone == BackboneChoice(BUILT_IN_BACKBONE)
    assert "larger backbone is better" in form.backbone.toolTip()
    assert DEFAULT_BACKBONE.split(".")[0] in form.backbone.toolTip()

    form.backbone.setCurrentIndex(form.backbone.count() - 1)
    assert "larger" not in form.backbone.toolTip()


def test_the_built_in_backbone_leads_to_others(
    qtbot: QtBot, form: SettingsForm, no_weights: Path
) -> None:
    form.show()
    hint = form.findChild(QLabel, "backboneHint")
    assert hint.isVisible()
    with qtbot.waitSignal(form.backbones_wanted):
        hint.linkActivated.emit("#backbones")

    (no_weights / "vit_small_patch16_224.safetensors").write_bytes(b"")
    form.refresh_backbones()
    form.backbone.setCurrentIndex(0)
    assert hint.isHidden()


def test_the_choice_stays_when_backbones_are_looked_for_again(
    form: SettingsForm, no_weights: Path
) -> None:
    (no_weights / "vit_small_patch16_224.safetensors").write_bytes(b"")
    form.refresh_backbones()
    assert form.request(Path("p")).prepare.backbone == BackboneChoice(BUILT_IN_BACKBONE)
    assert form.backbone.findText("vit_small_patch16_224") == 0


def test_where_nothing_is_found_the_job_is_left_to_say_why(
    form: SettingsForm, no_box: Path
) -> None:
    form.backbone.clear()
    form.refresh_backbones()
    assert form.backbone.currentText() == "None found on this machine"
    assert form.request(Path("p")).prepare.backbone == BackboneChoice()


def test_a_probe_has_no_epochs(form: SettingsForm) -> None:
    form.method.setCurrentIndex(form.method.findData("linear-probe"))
    assert not form.advanced.epochs.isEnabled()
    assert not form.batch_size.isEnabled()

    form.method.setCurrentIndex(form.method.findData("fpt"))
    assert form.advanced.epochs.isEnabled()
