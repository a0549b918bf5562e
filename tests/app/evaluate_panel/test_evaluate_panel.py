"""The panel over a real model and real jobs, driven as a person would."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QFileDialog, QMessageBox, QTabBar
from pytestqt.qtbot import QtBot

from app.evaluate_panel.evaluate_panel import EvaluatePanel
from app.evaluate_panel.mapping_dialog import MappingDialog
from app.evaluate_panel.threshold_bar import BY_HAND
from app.theme import DARK
from fpt_core.dataset.project import Project
from fpt_core.evaluation.calibration import Calibration
from fpt_core.evaluation.predictions import PREDICTIONS, load_predictions
from fpt_core.evaluation.thresholds import OperatingRule, choose
from fpt_core.events import Finished, Stopped
from fpt_core.jobs.requests import LEFT_OUT
from fpt_core.model_card import load_card
from tests.app.evaluate_panel.driven import answer_at_once, click, hover
from tests.app.samples import press, when_asked
from tests.studies import make_study

Until = Callable[[Callable[[], bool]], None]


@pytest.fixture
def panel(qtbot: QtBot) -> EvaluatePanel:
    panel = EvaluatePanel()
    qtbot.addWidget(panel, before_close_func=lambda shown: shown.close_readers())
    panel.resize(1180, 650)
    panel.set_colours(DARK)
    panel.show()
    return panel


@pytest.fixture
def opened(
    qtbot: QtBot, panel: EvaluatePanel, trained: tuple[Path, Path], until: Until
) -> EvaluatePanel:
    """The panel with the test set of the trained model on screen."""
    answer_at_once(panel)
    panel.set_project(Project.open(trained[0]))
    click(qtbot, panel, "measureTest")
    until(
        lambda: (
            panel.results.decisions.roc.mark is not None
            and panel.results.decisions.figures.rowCount() > 0
        )
    )
    return panel


def _drag_slider(qtbot: QtBot, panel: EvaluatePanel, share: float) -> None:
    slider = panel.results.threshold.slider
    start = QPoint(int(slider.width() * slider.value() / slider.maximum()), slider.height() // 2)
    end = QPoint(int(slider.width() * share), slider.height() // 2)
    qtbot.mousePress(slider, Qt.MouseButton.LeftButton, pos=start)
    qtbot.mouseMove(slider, end)
    qtbot.mouseRelease(slider, Qt.MouseButton.LeftButton, pos=end)


# --- before anything is shown -----------------------------------------------------------


def test_what_is_missing_is_said(panel: EvaluatePanel, tmp_path: Path) -> None:
    assert "Import a data set" in panel.gate._text.text()
    panel.set_project(Project.open(make_study(tmp_path, "untrained", seed=1)))
    assert "Train a model" in panel.gate._text.text()
    assert not panel.gate.test.isVisible()


def test_nothing_is_measured_unasked_and_a_look_is_counted(
    qtbot: QtBot, panel: EvaluatePanel, trained: tuple[Path, Path], until: Until
) -> None:
    asked = answer_at_once(panel)
    project = Project.open(trained[0])
    looks = len(project.test_looks())
    panel.set_project(project)
    assert asked == []
    click(qtbot, panel, "measureVal")
    until(lambda: panel.results.threshold.isVisible())
    assert len(project.test_looks()) == looks
    assert "flatter" in panel.message.text
    panel.choices.splits.setCurrentIndex(0)
    assert [request.split for request in asked] == ["val", "test"]
    assert len(project.test_looks()) == looks + 1
    assert panel.choices.looks.text().endswith(f"{looks + 1} times.") or looks < 2


# --- the threshold ------------------------------------------------------------------------


def test_everything_moves_with_the_slider(
    qtbot: QtBot, opened: EvaluatePanel, until: Until
) -> None:
    page = opened.results.decisions
    marks = (page.roc.mark, page.precision_recall.mark, page.net_benefit.mark)
    matrix, people = page.confusion.counts, page.people_view.people
    _drag_slider(qtbot, opened, 0.99)
    assert opened.results.threshold.rule == BY_HAND
    assert "never on the test set" in opened.results.threshold.hint.text()
    assert page.people_view.people != people
    assert page.confusion.counts != matrix
    moved = (page.roc.mark, page.precision_recall.mark, page.net_benefit.mark)
    assert moved[0] != marks[0]
    assert moved[2] != marks[2]
    shown = page.people_view.people
    assert shown is not None
    assert shown.found + shown.missed + shown.false_alarms + shown.cleared == 1000
    sample = opened.results.shown.given
    called = sample.probabilities[:, 1] >= opened.results._threshold
    assert np.array(page.confusion.counts)[:, 1].sum() == called.sum()
    until(
        lambda: _figure(opened, "sensitivity").startswith(
            f"{called[sample.positive(1)].mean():.3f}"
        )
    )


def _figure(panel: EvaluatePanel, name: str) -> str:
    rows = {row[0]: row[1] for row in panel.results.decisions.figures.table()[1:]}
    return rows[name]


def test_figures_have_their_intervals(opened: EvaluatePanel) -> None:
    for name in ("sensitivity", "specificity", "AUC", "AUC, interval by DeLong"):
        assert " to " in _figure(opened, name), name
    rows = opened.results.table.table()
    assert rows[0] == ["figure", "bright", "dark", "mean of classes", "all together"]
    assert {"accuracy", "Cohen's kappa", "Brier score", "calibration slope"} <= {r[0] for r in rows}


@pytest.mark.parametrize("rule", ["youden", "sensitivity=0.9"])
def test_a_rule_chooses_on_validation_images_alone(
    rule: str, opened: EvaluatePanel, trained: tuple[Path, Path], until: Until
) -> None:
    name, _, target = rule.partition("=")
    bar = opened.results.threshold
    opened.results._set_threshold(0.123)
    bar.rules.setCurrentIndex(bar.rules.findData(BY_HAND))
    bar.rules.setCurrentIndex(bar.rules.findData(name))
    if target:
        bar.target.setValue(float(target))
    kept = load_predictions(trained[1].parent / PREDICTIONS).sample("val")
    calibration = load_card(trained[1]).calibration
    assert isinstance(calibration, Calibration)
    calibrated = kept.with_probabilities(calibration.apply(kept.probabilities))
    expected = choose(calibrated, "dark", OperatingRule.parse(rule), "").threshold
    until(lambda: opened.results._threshold == pytest.approx(expected))
    assert "validation images" in bar.hint.text()


def test_patients_count_once(qtbot: QtBot, opened: EvaluatePanel, until: Until) -> None:
    images = int(np.sum(opened.results.decisions.confusion.counts))
    opened.choices.units.setCurrentIndex(1)
    until(lambda: int(np.sum(opened.results.decisions.confusion.counts)) < images)
    assert (
        int(np.sum(opened.results.decisions.confusion.counts))
        == opened.results.shown.given.num_patients
    )


def test_another_prevalence_means_other_people(opened: EvaluatePanel) -> None:
    opened.results.decisions.prevalence.setValue(10.0)
    people = opened.results.decisions.people_view.people
    assert people is not None
    assert people.found + people.missed == 100


def test_values_are_read_under_the_cursor(qtbot: QtBot, opened: EvaluatePanel) -> None:
    plot = opened.results.decisions.roc
    x, y = plot._x[len(plot._x) // 2], plot._y[len(plot._y) // 2]
    text = hover(qtbot, plot, x, y)
    assert "threshold 0." in text
    assert f"sensitivity {y:.3f}" in text
    assert hover(qtbot, plot, 0.98, 0.02) == "", "far from the curve nothing is read"
    assert "observed" in hover(qtbot, opened.results.decisions.reliability, 0.55, 0.5)


# --- groups -------------------------------------------------------------------------------


def test_groups_are_drawn_with_what_to_warn_of(
    qtbot: QtBot, opened: EvaluatePanel, until: Until
) -> None:
    bar = opened.results.tabs.findChild(QTabBar)
    assert bar is not None
    qtbot.mouseClick(bar, Qt.MouseButton.LeftButton, pos=bar.tabRect(1).center())
    box = opened.results.groups.columns
    assert [box.itemText(place) for place in range(box.count())] == ["Choose…", "eye", "site"]
    threshold = opened.results._threshold
    box.setCurrentIndex(box.findData("site"))
    until(lambda: opened.results.groups.tile.isVisible())
    rows = opened.results.groups.plot.table()
    assert [row[0] for row in rows] == ["group", "A", "B"]
    assert "A: Too small to judge" in opened.results.groups.hint.text()
    assert "images of 10 patients" in hover(qtbot, opened.results.groups.plot, 0.9, 1)
    assert opened.results._threshold == threshold, "the view stays as it was"


# --- other projects -------------------------------------------------------------------------


@pytest.fixture
def elsewhere(
    panel: EvaluatePanel, trained: tuple[Path, Path], tmp_path: Path
) -> tuple[EvaluatePanel, Path]:
    """Another hospital's project, and the model as a file that was handed over."""
    model = Path(shutil.copy(trained[1], tmp_path / "handed.fpt"))
    answer_at_once(panel)
    project = make_study(tmp_path, "other", seed=3, classes="black bright")
    panel.set_project(Project.open(project))
    panel.use_model(model)
    return panel, model


def test_classes_that_differ_are_asked_for(
    qtbot: QtBot, elsewhere: tuple[EvaluatePanel, Path], until: Until
) -> None:
    panel, _ = elsewhere

    def answer(dialog: MappingDialog) -> None:
        box = dialog.choices["black"]
        assert not dialog.accept_button.isEnabled(), "nothing is guessed"
        box.setCurrentIndex(box.findData("dark"))
        qtbot.mouseClick(dialog.accept_button, Qt.MouseButton.LeftButton)

    when_asked(MappingDialog, answer)
    click(qtbot, panel, "measureTest")
    until(lambda: panel.results.threshold.isVisible())
    assert panel.results.shown.given.class_names == ("bright", "dark")
    assert len(panel.results.shown.given) == 40
    assert panel.choices.recalibrate.isVisible()
    until(
        lambda: (
            panel.results.decisions.roc.note == "" and "model file keeps" not in panel.message.text
        )
    )


def test_a_class_can_be_left_out_and_the_rest_still_comes(
    qtbot: QtBot, elsewhere: tuple[EvaluatePanel, Path], until: Until
) -> None:
    panel, _ = elsewhere

    def answer(dialog: MappingDialog) -> None:
        box = dialog.choices["black"]
        box.setCurrentIndex(box.findData(LEFT_OUT))
        dialog.accept_button.click()

    when_asked(MappingDialog, answer)
    click(qtbot, panel, "measureTest")
    until(lambda: "No curve" in panel.results.decisions.roc.note)
    assert "20 images of class 'black' are left out" in panel.message.text
    assert panel.results.decisions.people_view.people is None
    assert " to " in {row[0]: row[-1] for row in panel.results.table.table()}["accuracy"]


def test_who_does_not_answer_is_told_why_nothing_was_measured(
    qtbot: QtBot, elsewhere: tuple[EvaluatePanel, Path]
) -> None:
    panel, _ = elsewhere
    when_asked(MappingDialog, lambda dialog: dialog.reject())
    click(qtbot, panel, "measureTest")
    assert "does not know: black" in panel.message.text
    assert panel.gate.test.isVisible()


def test_recalibration_is_asked_for_and_writes_another_file(
    qtbot: QtBot,
    elsewhere: tuple[EvaluatePanel, Path],
    until: Until,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    panel, model = elsewhere
    before = model.read_bytes()
    panel._class_maps[model] = (("black", "dark"),)
    click(qtbot, panel, "measureTest")
    until(lambda: panel.choices.recalibrate.isVisible())
    target = tmp_path / "fitted.fpt"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(target), ""))
    when_asked(QMessageBox, press("Recalibrate…"))
    click(qtbot, panel, "recalibrate")
    until(lambda: "fitted.fpt is written" in panel.message.text)
    assert model.read_bytes() == before
    when_asked(QMessageBox, press("Recalibrate…"))
    click(qtbot, panel, "recalibrate")  # the file is there now
    until(lambda: "exists already" in panel.message.text)
    assert panel.results.threshold.isVisible(), "what was measured is still there"
    panel.use_model(target)
    assert panel.choices.model == target
    assert panel.gate.test.isVisible()


# --- trouble --------------------------------------------------------------------------------


def test_a_damaged_model_is_told(
    qtbot: QtBot, panel: EvaluatePanel, trained: tuple[Path, Path], tmp_path: Path
) -> None:
    answer_at_once(panel)
    panel.set_project(Project.open(trained[0]))
    (tmp_path / "cut.fpt").write_bytes(trained[1].read_bytes()[:100])
    panel.use_model(tmp_path / "cut.fpt")
    click(qtbot, panel, "measureTest")
    assert "cut.fpt is truncated or damaged" in panel.message.text
    assert panel.gate.test.isVisible()


def test_stopping_and_what_comes_late(
    qtbot: QtBot, panel: EvaluatePanel, trained: tuple[Path, Path]
) -> None:
    panel.set_project(Project.open(trained[0]))
    with qtbot.waitSignal(panel.evaluate_wanted):
        click(qtbot, panel, "measureTest")
    with qtbot.waitSignal(panel.stop_wanted):
        click(qtbot, panel, "stopEvaluation")
    panel.show_event(Stopped())
    assert panel.gate.test.isVisible()
    click(qtbot, panel, "measureTest")
    with qtbot.waitSignal(panel.stop_wanted):
        panel.use_model(trained[1])  # another choice while it measures
    click(qtbot, panel, "measureVal")
    panel.show_event(Finished({"own": True}))  # of the one that was given up
    assert panel.gate.progress.isVisible()
    panel.show_worker_died()
    assert "ended by the system" in panel.message.text
    assert panel.gate.test.isVisible()


@pytest.mark.parametrize("unit", ["image", "patient"])
def test_a_cell_of_the_matrix_hands_over_the_images_that_it_counts(
    unit: str, qtbot: QtBot, opened: EvaluatePanel, trained: tuple[Path, Path]
) -> None:
    opened.choices.units.setCurrentIndex(opened.choices.units.findData(unit))
    _drag_slider(qtbot, opened, 0.4)
    matrix = opened.results.decisions.confusion
    images = {image.id: image for image in Project.open(trained[0]).images("test")}
    for row, column, rect in matrix._cells():
        where = QPoint(int(rect.center().x()), int(rect.center().y()))
        with qtbot.waitSignal(opened.cell_chosen) as told:
            qtbot.mouseClick(matrix, Qt.MouseButton.LeftButton, pos=where)
        [chosen] = told.args
        behind = [images[number] for number, *cell, _ in chosen.rows if cell == [row, column]]
        units = {image.patient if unit == "patient" else image.id for image in behind}
        assert len(units) == matrix.counts[row][column]
        assert {image.class_name for image in behind} <= {chosen.class_names[row]}
        assert (chosen.cell, chosen.split) == ((row, column), "test")
