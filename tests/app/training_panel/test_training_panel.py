from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QProgressBar, QPushButton
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
from fpt_core.jobs.estimates import Forecast, Outlook
from fpt_core.jobs.requests import ForecastRequest
from tests.app.training_panel.conftest import AddRun
from tests.app.training_panel.estimates import FITS, UNFIT, cost


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


def finished() -> Finished:
    return Finished(
        {
            "run": "r1",
            "model": "runs/r1/model.fpt",
            "metrics": {"test": {"auc": 0.875, "images": 45}},
        }
    )


def click(qtbot: QtBot, panel: TrainingPanel, name: str) -> None:
    button = panel.findChild(QPushButton, name)
    assert button is not None
    assert button.isVisible(), name
    assert button.isEnabled(), name
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def said(panel: TrainingPanel, name: str) -> str:
    label = panel.findChild(QLabel, name)
    assert label is not None
    return label.text()


def notes(panel: TrainingPanel) -> list[str]:
    return [panel.live.notes.item(row).text() for row in range(panel.live.notes.count())]


# --- before ---------------------------------------------------------------------------------


def test_a_run_asks_for_what_the_form_says(qtbot: QtBot, panel: TrainingPanel) -> None:
    form = panel.plan.form
    form.method.setCurrentIndex(form.method.findData("fpt"))
    form.advanced.epochs.setValue(7)
    form.batch_size.setValue(3)
    form.advanced.learning_rate.setValue(0.002)
    form.memory.set_limit_mb(1500)

    with qtbot.waitSignal(panel.train_wanted) as wanted:
        click(qtbot, panel, "startTraining")

    (request,) = wanted.args
    assert request.prepare.method == "fpt"
    assert request.prepare.backbone.name == BUILT_IN_BACKBONE
    assert request.prepare.memory_limit_mb == 1500
    assert request.training.epochs == 7
    assert request.training.batch_size == 3
    assert request.training.learning_rate == 0.002
    assert request.resume is None
    assert panel.tabs.currentWidget() is panel.live


def test_what_a_run_takes_is_asked_when_a_setting_changes(
    qtbot: QtBot, panel: TrainingPanel
) -> None:
    with qtbot.waitSignal(panel.questions.asked) as wanted:
        panel.plan.form.batch_size.setValue(3)

    assert wanted.args[0].training.batch_size == 3
    assert not wanted.args[0].afresh
    panel.plan.estimate.show_estimate(FITS)
    with qtbot.waitSignal(panel.questions.asked) as again:
        click(qtbot, panel, "measureAgain")
    assert again.args[0].afresh


def test_what_is_on_screen_is_not_measured_again(qtbot: QtBot, panel: TrainingPanel) -> None:
    panel.plan.form.batch_size.setValue(3)
    with qtbot.assertNotEmitted(panel.questions.asked):
        panel.tabs.setCurrentWidget(panel.runs)
        panel.tabs.setCurrentWidget(panel.plan)


def test_one_click_takes_settings_that_fit(qtbot: QtBot, panel: TrainingPanel) -> None:
    panel.plan.estimate.show_estimate(UNFIT)
    with qtbot.waitSignal(panel.questions.asked) as wanted:
        click(qtbot, panel, "useNearest")

    prepare, training = wanted.args[0].prepare, wanted.args[0].training
    assert (prepare.image_size, prepare.dtype, training.batch_size) == (384, "int8", 4)


def test_while_a_job_runs_nothing_is_measured(qtbot: QtBot, panel: TrainingPanel) -> None:
    with qtbot.waitSignal(panel.questions.dropped):
        panel.set_engine_busy(True)
    with qtbot.waitSignal(panel.questions.asked) as wanted:
        panel.plan.form.batch_size.setValue(3)
    assert not wanted.args[0].measures, "what was measured before may be told"
    panel.plan.estimate.show_failure(Failed("not-measured", "Not measured yet.", "Later."))
    assert said(panel, "estimateNote") == "Not measured yet. Later."
    assert panel.plan.estimate.again.isHidden()

    with qtbot.waitSignal(panel.questions.asked) as again:
        panel.set_engine_busy(False)
    assert again.args[0].measures


def test_without_images_it_says_what_to_do_first(panel: TrainingPanel, tmp_path: Path) -> None:
    panel.set_project(Project.create(tmp_path / "empty"))

    assert not panel.plan.start.isEnabled()
    assert panel.plan.needs.text() == "Import a data set first."
    assert panel.plan.needs.isVisible()


def test_in_a_second_window_nothing_is_trained(panel: TrainingPanel, project: Project) -> None:
    panel.set_project(Project.open(project.path, read_only=True))

    assert not panel.plan.start.isEnabled()
    assert "Read-only" in panel.plan.needs.text()


# --- while ----------------------------------------------------------------------------------


def test_buttons_follow_the_run(qtbot: QtBot, panel: TrainingPanel) -> None:
    assert panel.live.pause.isHidden()

    click(qtbot, panel, "startTraining")
    with qtbot.waitSignal(panel.pause_wanted):
        click(qtbot, panel, "pauseTraining")
    assert panel.live.pause.text() == "Continue"
    with qtbot.waitSignal(panel.continue_wanted):
        click(qtbot, panel, "pauseTraining")
    assert panel.live.pause.text() == "Pause"
    with qtbot.waitSignal(panel.stop_wanted):
        click(qtbot, panel, "stopTraining")
    assert not panel.live.stop.isEnabled(), "it was asked to stop already"

    panel.show_event(Stopped())
    assert panel.plan.start.isEnabled()
    assert "kept" in panel.message.text


def test_steps_and_epochs_are_drawn(panel: TrainingPanel) -> None:
    panel.show_event(started())
    for number in (1, 2, 10):
        panel.show_event(step(number, elapsed_s=float(number)))
    panel.show_event(EpochCompleted(1, 2, 0.7, 0.6, 0.81, True, 10.0))

    charts = panel.live.charts
    assert charts.loss.points("training") == ([1, 2, 10], [0.7, 0.7, 0.7])
    assert charts.loss.points("validation") == ([10], [0.6])
    assert charts.auc.points("validation") == ([1], [0.81])
    assert charts.memory.points("in use")[1] == [700.0, 700.0, 700.0]
    assert charts.rate.points("rate") == ([1, 2, 10], [1e-3, 1e-3, 1e-3])
    assert charts.speed.points("speed") == ([1, 2, 10], [50, 50, 50])
    bar = panel.findChild(QProgressBar, "trainingProgress")
    assert (bar.value(), bar.maximum()) == (10, 20)
    assert "about 10 s left" in bar.text()


def test_time_left_after_resuming_counts_new_steps_only(panel: TrainingPanel) -> None:
    panel.show_event(started(first_step=10))
    panel.show_event(step(15, elapsed_s=5.0))

    assert "about 5 s left" in panel.findChild(QProgressBar, "trainingProgress").text()


def test_an_epoch_whose_auc_cannot_be_measured_draws_none(panel: TrainingPanel) -> None:
    panel.show_event(started())
    panel.show_event(EpochCompleted(1, 2, 0.7, 0.6, None, True, 10.0))

    assert panel.live.charts.auc.points("validation") == ([], [])


def test_without_an_estimate_full_fine_tuning_is_told_by_the_run(
    qtbot: QtBot, panel: TrainingPanel
) -> None:
    click(qtbot, panel, "startTraining")
    panel.show_event(started())

    levels = panel.live.charts.memory._levels
    assert {name: level.value() for name, level in levels.items()} == {"full fine-tuning": 2500}


def test_memory_is_drawn_against_the_estimate_and_full_fine_tuning(
    qtbot: QtBot, panel: TrainingPanel
) -> None:
    panel.plan.estimate.show_estimate(FITS)
    click(qtbot, panel, "startTraining")
    panel.show_event(started())

    levels = panel.live.charts.memory._levels
    assert {name: level.value() for name, level in levels.items()} == {
        "full fine-tuning": 13_874,
        "estimate": 200,
    }
    _, high = panel.live.charts.memory.getViewBox().viewRange()[1]
    assert high >= 2500


@pytest.mark.parametrize("pretrained", [True, False])
def test_a_random_backbone_is_said_plainly(
    qtbot: QtBot, panel: TrainingPanel, pretrained: bool
) -> None:
    click(qtbot, panel, "startTraining")
    panel.show_event(started(pretrained=pretrained))

    banner = panel.findChild(QLabel, "randomBanner")
    assert banner.isVisible() != pretrained


def test_warnings_stay_until_the_next_run(qtbot: QtBot, panel: TrainingPanel) -> None:
    click(qtbot, panel, "startTraining")
    panel.show_event(Warned("The batch is smaller."))
    panel.show_event(Warned("Two images have moved.", "Import them again."))
    panel.show_event(finished())

    assert panel.live.notes.isVisible()
    assert notes(panel) == ["The batch is smaller.", "Two images have moved. Import them again."]
    panel.tabs.setCurrentWidget(panel.plan)
    click(qtbot, panel, "startTraining")
    assert panel.live.notes.isHidden()


# --- the end --------------------------------------------------------------------------------


def test_the_result_leads_to_review(qtbot: QtBot, panel: TrainingPanel) -> None:
    with qtbot.waitSignal(panel.run_ended) as ended:
        panel.show_event(finished())
    assert ended.args[0] == "Done"
    assert "Test AUC 0.875 on 45 images" in panel.message.text

    with qtbot.waitSignal(panel.review_wanted) as wanted:
        click(qtbot, panel, "trainingMessageButton")

    assert wanted.args == [Path("runs/r1/model.fpt")]


def test_a_failure_says_what_and_what_to_do(qtbot: QtBot, panel: TrainingPanel) -> None:
    click(qtbot, panel, "startTraining")
    panel.show_event(Progress("Preparing", 1, 6))
    panel.show_event(Failed("weights", "The weights do not fit.", "Choose others."))

    assert panel.message.text == "The weights do not fit. Choose others."
    assert panel.plan.start.isEnabled()
    assert panel.findChild(QProgressBar, "trainingProgress").isHidden()


def test_a_run_that_is_discarded_lies_in_the_trash(
    qtbot: QtBot, panel: TrainingPanel, project: Project, add_run: AddRun
) -> None:
    kept = add_run()
    panel.set_project(project)
    qtbot.waitUntil(lambda: len(panel.runs.shown.runs()) == 1)
    click(qtbot, panel, "startTraining")
    discarded = add_run(status="stopped")  # it is stopped while it prepares: no event has named it

    with qtbot.waitSignal(panel.stop_wanted):
        click(qtbot, panel, "discardTraining")
    panel.show_event(Stopped())

    qtbot.waitUntil(lambda: len(project.runs()) == 1)
    assert project.runs()[0].id == kept
    assert project.runs(trashed=True)[0].id == discarded
    assert panel.message.kind == "Discarded"


def test_a_dead_worker_is_told_calmly_and_the_run_can_go_on(
    qtbot: QtBot, panel: TrainingPanel, add_run: AddRun
) -> None:
    click(qtbot, panel, "startTraining")
    run = add_run(status="interrupted")

    panel.show_worker_died(-9)

    assert "kept" in panel.message.text
    assert panel.plan.start.isEnabled()
    qtbot.waitUntil(lambda: panel.message.findChild(QPushButton).isVisible())
    with qtbot.waitSignal(panel.train_wanted) as wanted:
        click(qtbot, panel, "trainingMessageButton")
    assert wanted.args[0].resume == run


def test_after_a_restart_an_interrupted_run_is_offered(
    qtbot: QtBot, panel: TrainingPanel, project: Project, add_run: AddRun
) -> None:
    run = add_run(status="interrupted", steps=4)
    panel.set_project(project)
    qtbot.waitUntil(lambda: panel.message.kind == "Interrupted")
    assert panel.message.text.endswith("from its last checkpoint. About 80 s left.")
    assert panel.plan.resume.text() == "Resume last run (about 80 s left)"

    panel.message.hide()
    with qtbot.waitSignal(panel._desk.read):
        panel.set_project(project)
    assert panel.message.isHidden(), "who has closed the offer is not asked again"
    with qtbot.waitSignal(panel.train_wanted) as wanted:
        click(qtbot, panel, "resumeTraining")
    assert wanted.args[0].resume == run


def test_the_last_run_can_be_resumed_until_it_has_finished(
    qtbot: QtBot, panel: TrainingPanel, project: Project, add_run: AddRun
) -> None:
    assert panel.plan.resume.isHidden()

    run = add_run(status="stopped")
    panel.set_project(project)
    qtbot.waitUntil(panel.plan.resume.isVisible)
    assert panel.plan.resume.text() == "Resume last run"
    panel.show_forecast(Forecast(last=Outlook(cost("fpt+", 200))))
    assert panel.plan.resume.text() == "Resume last run (about 11 min left)"

    project.update_run(run, status="finished")
    panel.set_project(project)
    qtbot.waitUntil(panel.plan.resume.isHidden)


# --- the queue ------------------------------------------------------------------------------


def queue_two(qtbot: QtBot, panel: TrainingPanel, project: Project) -> None:
    click(qtbot, panel, "startTraining")
    panel.tabs.setCurrentWidget(panel.plan)
    assert panel.plan.start.text() == "Add to queue"
    for batch_size in (2, 4):
        panel.plan.form.batch_size.setValue(batch_size)
        click(qtbot, panel, "startTraining")
    panel.tabs.setCurrentWidget(panel.live)
    qtbot.waitUntil(lambda: len(panel.live.queue.entries.numbers) == 2)


def test_the_queue_is_reordered_and_goes_on_by_itself(
    qtbot: QtBot, panel: TrainingPanel, project: Project
) -> None:
    queue_two(qtbot, panel, project)
    panel.live.queue.entries.list.setCurrentRow(1)
    click(qtbot, panel, "queueUp")
    qtbot.waitUntil(
        lambda: [q.settings["training"]["batch_size"] for q in project.queue()] == [4, 2]
    )

    with qtbot.waitSignal(panel.train_wanted) as wanted:
        panel.show_event(finished())
    assert wanted.args[0].training.batch_size == 4
    assert wanted.args[0].queued == project.queue()[0].id


def test_a_run_that_prepares_draws_nothing_of_the_last_one(
    qtbot: QtBot, panel: TrainingPanel
) -> None:
    click(qtbot, panel, "startTraining")
    panel.show_event(started())
    panel.show_event(step(1))
    panel.show_event(finished())
    panel.tabs.setCurrentWidget(panel.plan)
    click(qtbot, panel, "startTraining")
    assert panel.live.charts.loss.points("training") == ([], [])


def test_the_queue_goes_on_and_its_first_run_waits_no_longer(
    qtbot: QtBot, panel: TrainingPanel, project: Project
) -> None:
    queue_two(qtbot, panel, project)
    with qtbot.waitSignal(panel.train_wanted) as first:
        panel.show_event(finished())
    panel.set_engine_busy(True)
    project.remove_queued(first.args[0].queued)  # as the job does when its run is there
    panel.show_event(Progress("Preparing images", 0, 6))
    qtbot.waitUntil(lambda: len(panel.live.queue.entries.numbers) == 1)

    with qtbot.waitSignal(panel.train_wanted) as second:
        panel.show_event(finished())
        panel.set_engine_busy(False)
    assert second.args[0].training.batch_size == 4


def test_what_waits_is_asked_about_and_shown(
    qtbot: QtBot, panel: TrainingPanel, project: Project
) -> None:
    with qtbot.waitSignal(
        panel.questions.asked, check_params_cb=lambda r: isinstance(r, ForecastRequest)
    ) as asked:
        queue_two(qtbot, panel, project)
    assert not asked.args[0].measures, "a run has the machine"

    first = project.queue()[0]
    panel.show_forecast(Forecast({first.id: Outlook(cost("fpt+", 200))}))
    assert "about 11 min, 200 MB of memory" in panel.live.queue.entries.list.item(0).text()


def test_an_entry_is_taken_out(qtbot: QtBot, panel: TrainingPanel, project: Project) -> None:
    queue_two(qtbot, panel, project)
    panel.live.queue.entries.list.setCurrentRow(0)
    click(qtbot, panel, "removeQueued")
    qtbot.waitUntil(lambda: len(project.queue()) == 1)
    assert project.queue()[0].settings["training"]["batch_size"] == 4


def test_who_stops_a_run_stops_the_queue(
    qtbot: QtBot, panel: TrainingPanel, project: Project
) -> None:
    queue_two(qtbot, panel, project)
    click(qtbot, panel, "stopTraining")
    with qtbot.assertNotEmitted(panel.train_wanted, wait=100):
        panel.show_event(Stopped())

    with qtbot.waitSignal(panel.train_wanted) as wanted:
        click(qtbot, panel, "startQueue")
    assert wanted.args[0].training.batch_size == 2


def test_a_failure_does_not_hold_up_the_others(
    qtbot: QtBot, panel: TrainingPanel, project: Project
) -> None:
    queue_two(qtbot, panel, project)
    with qtbot.waitSignal(panel.train_wanted):
        panel.show_event(Failed("training", "The loss is no number.", ""))


def test_a_run_that_cannot_even_begin_is_not_tried_for_ever(
    qtbot: QtBot, panel: TrainingPanel, project: Project
) -> None:
    queue_two(qtbot, panel, project)
    with qtbot.waitSignal(panel.train_wanted):
        panel.show_event(finished())
    with qtbot.assertNotEmitted(panel.train_wanted, wait=200):
        panel.show_event(Failed("dataset", "There is a single class.", "Import more."))
    assert panel.message.text == "There is a single class. Import more."
    assert len(project.queue()) == 2


def test_a_queue_of_yesterday_waits_until_it_is_started(
    qtbot: QtBot, panel: TrainingPanel, project: Project
) -> None:
    queue_two(qtbot, panel, project)
    again = TrainingPanel()
    qtbot.addWidget(again)
    with qtbot.assertNotEmitted(again.train_wanted, wait=200):
        again.set_project(project)
    again.show()
    again.tabs.setCurrentWidget(again.live)
    qtbot.waitUntil(again.live.queue.isVisible)
    assert again.live.queue.start.isVisible()
    again.close_readers()
