from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QFileDialog, QLineEdit, QMessageBox, QTableWidget
from pytestqt.qtbot import QtBot

from app.training_panel.run_columns import NAME, STAR
from app.training_panel.run_table import Which
from app.training_panel.runs_page import RunsPage
from app.training_panel.training_panel import TrainingPanel
from app.widgets.choice import choose
from fpt_core.dataset.project import Project
from tests.app.samples import press, when_asked
from tests.app.training_panel.conftest import AddRun

Until = Callable[[Callable[[], bool]], None]


@pytest.fixture
def page(
    qtbot: QtBot, panel: TrainingPanel, project: Project, add_run: AddRun
) -> Iterator[RunsPage]:
    add_run("fpt+", auc=0.9, epochs=4)
    add_run("linear-probe", auc=0.8, epochs=3)
    add_run("fpt", status="stopped", learning_rate=0.002)
    panel.set_project(project)
    panel.tabs.setCurrentWidget(panel.runs)
    qtbot.waitUntil(lambda: panel.runs.model.rowCount() == 3)
    return panel.runs


def choose_rows(page: RunsPage, *rows: int) -> None:
    page._choose({page.shown.run(row).record.id for row in rows})


def click_cell(
    qtbot: QtBot, page: RunsPage, row: int, column: int, *, double: bool = False
) -> None:
    place: QPoint = page.table.visualRect(page.shown.index(row, column)).center()
    viewport = page.table.viewport()
    qtbot.mouseClick(viewport, Qt.MouseButton.LeftButton, pos=place)
    if double:
        qtbot.mouseDClick(viewport, Qt.MouseButton.LeftButton, pos=place)


def test_the_number_of_runs_is_in_view(page: RunsPage, panel: TrainingPanel) -> None:
    assert panel.tabs.tabText(2) == "Runs (3)"
    assert [row.record.method for row in page.shown.runs()] == ["fpt", "linear-probe", "fpt+"]


def test_opening_the_table_counts_as_a_look_at_the_test_set(
    qtbot: QtBot, page: RunsPage, panel: TrainingPanel, project: Project
) -> None:
    before = len(project.test_looks())
    panel.tabs.setCurrentWidget(panel.live)
    panel.tabs.setCurrentWidget(page)
    qtbot.waitUntil(lambda: len(project.test_looks()) == before + 1)
    assert project.test_looks()[-1][1] == "table of 2 runs"


def test_a_run_is_renamed_in_its_cell(qtbot: QtBot, page: RunsPage, project: Project) -> None:
    click_cell(qtbot, page, 0, NAME, double=True)
    editor = page.table.viewport().findChild(QLineEdit)
    assert editor is not None
    editor.selectAll()
    qtbot.keyClicks(editor, "lung windows")
    qtbot.keyClick(editor, Qt.Key.Key_Return)

    qtbot.waitUntil(lambda: page.shown.run(0).record.name == "lung windows")
    assert project.runs()[0].name == "lung windows"


def test_a_run_with_a_model_can_be_evaluated(
    qtbot: QtBot, page: RunsPage, panel: TrainingPanel, project: Project
) -> None:
    choose_rows(page, 1)
    assert not page.evaluate.isEnabled(), "it has no model file"
    run = page.shown.run(1).record.id
    model = project.runs_dir / run / "model.fpt"
    project.update_run(run, model_path=model)
    panel.set_project(project)
    qtbot.waitUntil(lambda: page.shown.run(1).record.model_path == model)
    choose_rows(page, 1)
    with qtbot.waitSignal(panel.evaluate_wanted) as wanted:
        qtbot.mouseClick(page.evaluate, Qt.MouseButton.LeftButton)
    assert wanted.args == [model]


def test_stars_are_given_with_mouse_and_keys(
    qtbot: QtBot, page: RunsPage, project: Project
) -> None:
    click_cell(qtbot, page, 0, STAR)
    qtbot.waitUntil(lambda: page.shown.run(0).record.starred)

    choose_rows(page, 1, 2)
    page.table.setFocus()
    qtbot.keyClick(page.table, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: all(row.record.starred for row in page.shown.runs()))
    assert all(run.starred for run in project.runs())
    choose(page.which, Which.STARRED)
    assert page.shown.rowCount() == 3


def test_deleted_runs_come_back(
    qtbot: QtBot, page: RunsPage, panel: TrainingPanel, project: Project
) -> None:
    choose_rows(page, 0, 2)
    page.table.setFocus()
    qtbot.keyClick(page.table, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: page.model.rowCount() == 1)
    assert panel.message.text == "2 runs put into the trash."

    panel.message.findChild(type(page.trash), "trainingMessageButton").click()
    qtbot.waitUntil(lambda: page.model.rowCount() == 3)
    assert project.runs(trashed=True) == []


def test_the_trash_is_looked_through_and_emptied(
    qtbot: QtBot, page: RunsPage, project: Project
) -> None:
    page.trash_wanted.emit([run.id for run in project.runs()[:2]])
    qtbot.waitUntil(lambda: page.model.rowCount() == 1)
    choose(page.which, Which.TRASH)
    assert page.shown.rowCount() == 2
    assert page.trash.isHidden()

    restored, deleted = (row.record.id for row in page.shown.runs())
    choose_rows(page, 0)
    qtbot.mouseClick(page.restore, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.model.rowCount() == 1)
    when_asked(QMessageBox, press("Delete for good"))
    qtbot.mouseClick(page.empty, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.model.rowCount() == 0)
    assert len(project.runs()) == 2
    assert (project.runs_dir / restored).exists()
    assert not (project.runs_dir / deleted).exists()


def test_curves_of_several_runs_lie_over_each_other(qtbot: QtBot, page: RunsPage) -> None:
    choose_rows(page, 1, 2)
    chart = page.curves.chart
    qtbot.waitUntil(lambda: len(chart.plotItem.listDataItems()) == 2)
    names = [label.text for _, label in chart.plotItem.legend.items]
    assert names[0].endswith("Linear probe")
    assert names[1].endswith("FPT+")
    assert [len(chart.points(name)[0]) for name in names] == [3, 4]

    choose(page.curves.what, "val_loss")
    assert chart.points(names[0])[1] == [0.6, 0.6, 0.6]


def test_a_run_without_epochs_is_named(qtbot: QtBot, page: RunsPage, project: Project) -> None:
    (project.runs_dir / page.shown.run(0).record.id / "metrics.csv").unlink()
    choose_rows(page, 0, 1)
    qtbot.waitUntil(lambda: "No epochs" in page.curves._hint.text())


def test_a_folder_edited_by_hand_is_told(qtbot: QtBot, page: RunsPage, project: Project) -> None:
    metrics = project.runs_dir / page.shown.run(0).record.id / "metrics.csv"
    metrics.write_text("epoch\nmany\n", encoding="utf-8")
    choose_rows(page, 0)
    qtbot.waitUntil(lambda: "edited by hand" in page.curves._hint.text())


def test_what_differs_is_told(page: RunsPage) -> None:
    table: QTableWidget = page.settings.table
    choose_rows(page, 0, 2)
    settings = [table.item(row, 0).text() for row in range(table.rowCount())]
    assert settings == ["method", "learning rate"]
    assert [table.item(1, column).text() for column in (1, 2)] == ["0.002", "0.001"]

    choose_rows(page, 0)
    assert table.rowCount() > 10


def test_settings_are_used_again(qtbot: QtBot, page: RunsPage, panel: TrainingPanel) -> None:
    choose_rows(page, 0)
    qtbot.mouseClick(page.again, Qt.MouseButton.LeftButton)

    assert panel.tabs.currentWidget() is panel.plan
    request = panel.plan.form.request(Path("p"))
    assert request.prepare.method == "fpt"
    assert request.training.learning_rate == 0.002


def test_a_stopped_run_is_resumed(
    qtbot: QtBot, page: RunsPage, panel: TrainingPanel, project: Project
) -> None:
    choose_rows(page, 1)
    assert not page.resume.isEnabled()
    choose_rows(page, 0)
    with qtbot.waitSignal(panel.train_wanted) as wanted:
        qtbot.mouseClick(page.resume, Qt.MouseButton.LeftButton)
    assert wanted.args[0].resume == project.runs()[0].id


def test_runs_are_exported_as_they_are_shown(
    qtbot: QtBot, page: RunsPage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "runs.csv"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, **__: (str(file), ""))
    page.text.setText("probe")
    qtbot.mouseClick(page.export, Qt.MouseButton.LeftButton)

    with file.open(encoding="utf-8-sig") as table:
        rows = list(csv.DictReader(table))
    assert [row["method"] for row in rows] == ["linear-probe"]
    assert rows[0]["test.auc"] == "0.8"


def test_an_export_that_fails_is_told(
    qtbot: QtBot,
    page: RunsPage,
    panel: TrainingPanel,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "file").write_bytes(b"")
    there = tmp_path / "file" / "runs.csv"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, **__: (str(there), ""))
    qtbot.mouseClick(page.export, Qt.MouseButton.LeftButton)
    assert panel.message.kind == "Not done"
