from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QListWidget, QProgressBar, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from app.training_panel.training_panel import TrainingPanel
from fpt_core.backbone_catalogue import BUILT_IN_BACKBONE
from fpt_core.dataset.project import Project
from fpt_core.events import (
    EpochCompleted,
    Failed,
    Finished,
    Progress,
    RunStarted,
    StepCompleted,
    Stopped,
    Warned,
)
from tests.app.samples import make_project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return make_project(tmp_path)


@pytest.fixture
def panel(qtbot: QtBot, project: Project) -> TrainingPanel:
    panel = TrainingPanel()
    qtbot.addWidget(panel)
    panel.resize(1100, 640)
    panel.show()
    panel.set_project(project)
    return panel


def started(*, pretrained: bool = True, first_step: int = 0) -> RunStarted:
    return RunStarted(
        run_id="r1",
        run_dir="runs/r1",
        method="fpt+",
        backbone="vit_tiny_patch16_224",
        pretrained=pretrained,
        class_names=("healthy", "ill"),
        trainable_parameters=90_000,
        total_parameters=6_000_000,
        epochs=2,
        total_steps=20,
        first_step=first_step,
        full_finetuning_bytes=2_500_000_000,
    )


def step(number: int, elapsed_s: float = 1.0) -> StepCompleted:
    return StepCompleted(1, number, 20, 0.7, 1e-3, 700_000_000, 50.0, elapsed_s)


def click(qtbot: QtBot, panel: QWidget, name: str) -> None:
    button = panel.findChild(QPushButton, name)
    assert button is not None
    assert button.isVisible()
    assert button.isEnabled()
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def add_stopped_run(project: Project) -> str:
    return project.add_run("fpt+", "vit_tiny_patch16_224", {})


def said(panel: TrainingPanel, name: str) -> str:
    label = panel.findChild(QLabel, name)
    assert label is not None
    return label.text()


def test_a_run_asks_for_what_the_form_says(qtbot: QtBot, panel: TrainingPanel) -> None:
    panel.form.method.setCurrentIndex(panel.form.method.findData("fpt"))
    panel.form.epochs.setValue(7)
    panel.form.batch_size.setValue(3)
    panel.form.learning_rate.setValue(0.002)

    with qtbot.waitSignal(panel.train_wanted) as wanted:
        click(qtbot, panel, "startTraining")

    (request,) = wanted.args
    assert request.prepare.method == "fpt"
    assert request.prepare.backbone.name == BUILT_IN_BACKBONE
    assert request.training.epochs == 7
    assert request.training.batch_size == 3
    assert request.training.learning_rate == 0.002
    assert request.resume is None


def test_buttons_follow_the_run(qtbot: QtBot, panel: TrainingPanel) -> None:
    assert not panel.pause.isEnabled()
    assert not panel.stop.isEnabled()

    click(qtbot, panel, "startTraining")
    assert not panel.start.isEnabled()
    assert not panel.form.isEnabled()
    with qtbot.waitSignal(panel.pause_wanted):
        click(qtbot, panel, "pauseTraining")
    assert panel.pause.text() == "Continue"
    with qtbot.waitSignal(panel.continue_wanted):
        click(qtbot, panel, "pauseTraining")
    assert panel.pause.text() == "Pause"
    with qtbot.waitSignal(panel.stop_wanted):
        click(qtbot, panel, "stopTraining")
    assert not panel.stop.isEnabled(), "it was asked to stop already"

    panel.show_event(Stopped())
    assert panel.start.isEnabled()
    assert "kept" in panel.message.text


def test_steps_and_epochs_are_drawn(panel: TrainingPanel) -> None:
    panel.show_event(started())
    for number in (1, 2, 10):
        panel.show_event(step(number, elapsed_s=float(number)))
    panel.show_event(EpochCompleted(1, 2, 0.7, 0.6, 0.81, True, 10.0))

    assert panel.loss_chart.points("training") == ([1, 2, 10], [0.7, 0.7, 0.7])
    assert panel.loss_chart.points("validation") == ([10], [0.6])
    assert panel.auc_chart.points("validation") == ([1], [0.81])
    assert panel.memory_chart.points("in use")[1] == [700.0, 700.0, 700.0]
    bar = panel.findChild(QProgressBar, "trainingProgress")
    assert bar is not None
    assert (bar.value(), bar.maximum()) == (10, 20)
    assert "about 10 s left" in said(panel, "trainingStatus")


def test_time_left_after_resuming_counts_new_steps_only(panel: TrainingPanel) -> None:
    panel.show_event(started(first_step=10))
    panel.show_event(step(15, elapsed_s=5.0))

    assert "about 5 s left" in said(panel, "trainingStatus")


def test_an_epoch_whose_auc_cannot_be_measured_draws_none(panel: TrainingPanel) -> None:
    panel.show_event(started())
    panel.show_event(EpochCompleted(1, 2, 0.7, 0.6, None, True, 10.0))

    assert panel.auc_chart.points("validation") == ([], [])


def test_the_memory_of_full_fine_tuning_is_in_view(panel: TrainingPanel) -> None:
    panel.show_event(started())

    _, high = panel.memory_chart.getViewBox().viewRange()[1]
    assert high >= 2500


@pytest.mark.parametrize("pretrained", [True, False])
def test_a_random_backbone_is_said_plainly(panel: TrainingPanel, pretrained: bool) -> None:
    panel.show_event(started(pretrained=pretrained))

    banner = panel.findChild(QLabel, "randomBanner")
    assert banner is not None
    assert banner.isVisible() != pretrained


def test_warnings_stay_until_the_next_run(qtbot: QtBot, panel: TrainingPanel) -> None:
    notes = panel.findChild(QListWidget, "trainingNotes")
    assert notes is not None
    panel.show_event(Warned("The batch is smaller."))
    panel.show_event(Warned("Two images have moved.", "Import them again."))
    panel.show_event(_finished())

    assert notes.isVisible()
    assert [notes.item(row).text() for row in range(notes.count())] == [
        "The batch is smaller.",
        "Two images have moved. Import them again.",
    ]
    click(qtbot, panel, "startTraining")
    assert notes.isHidden()


def _finished() -> Finished:
    return Finished(
        {
            "run": "r1",
            "model": "runs/r1/model.fpt",
            "metrics": {"test": {"auc": 0.875, "images": 45}},
        }
    )


def test_the_result_leads_to_review(qtbot: QtBot, panel: TrainingPanel) -> None:
    panel.show_event(_finished())
    assert "Test AUC 0.875 on 45 images" in panel.message.text

    with qtbot.waitSignal(panel.review_wanted) as wanted:
        click(qtbot, panel, "trainingMessageButton")

    assert wanted.args == [Path("runs/r1/model.fpt")]


def test_a_failure_says_what_and_what_to_do(panel: TrainingPanel) -> None:
    panel.show_event(Progress("Preparing", 1, 6))
    panel.show_event(Failed("weights", "The weights do not fit.", "Choose others."))

    assert panel.message.text == "The weights do not fit. Choose others."
    assert panel.start.isEnabled()
    bar = panel.findChild(QProgressBar, "trainingProgress")
    assert bar is not None
    assert bar.isHidden()


def test_a_dead_worker_is_told_calmly_and_the_run_can_go_on(
    qtbot: QtBot, panel: TrainingPanel, project: Project
) -> None:
    click(qtbot, panel, "startTraining")
    run = add_stopped_run(project)

    panel.show_worker_died(-9)

    assert "kept" in panel.message.text
    assert panel.start.isEnabled()
    with qtbot.waitSignal(panel.train_wanted) as wanted:
        click(qtbot, panel, "trainingMessageButton")
    assert wanted.args[0].resume == run


def test_the_last_run_can_be_resumed_until_it_has_finished(
    panel: TrainingPanel, project: Project
) -> None:
    assert not panel.resume.isEnabled()

    run = add_stopped_run(project)
    panel.set_project(project)
    assert panel.resume.isEnabled()

    project.update_run(run, status="finished")
    panel.set_project(project)
    assert not panel.resume.isEnabled()


def test_without_images_it_says_what_to_do_first(panel: TrainingPanel, tmp_path: Path) -> None:
    panel.set_project(Project.create(tmp_path / "empty"))

    assert not panel.start.isEnabled()
    assert "Import a data set first." in [
        label.text() for label in panel.findChildren(QLabel) if label.isVisible()
    ]
