"""From an estimate to two runs side by side, in the real window with real workers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton
from pytestqt.qtbot import QtBot

from app.main_window import MainWindow
from app.training_panel.run_columns import COLUMNS
from app.widgets.choice import choose
from fpt_core.dataset.project import Project
from tests.app.samples import confirm_import
from tests.pictures import write_labelled_folders

Until = Callable[[Callable[[], bool]], None]
_MEASURING_TIMEOUT_MS = 300_000
pytestmark = pytest.mark.timeout(600)


def click(qtbot: QtBot, window: MainWindow, name: str) -> None:
    button = window.findChild(QPushButton, name)
    assert button is not None
    assert button.isVisible(), name
    assert button.isEnabled(), name
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def test_estimate_train_queue_compare(
    qtbot: QtBot, window: MainWindow, until: Until, tmp_path: Path
) -> None:
    window.open_path(write_labelled_folders(tmp_path / "images"))
    confirm_import(qtbot, window.dataset_panel)
    until(lambda: not window.trainer.busy and window.training_panel.plan.start.isEnabled())

    # Before: what it takes, on this machine, beside what one would do otherwise.
    panel = window.training_panel
    form = panel.plan.form
    form.image_size.setItemData(0, 64)
    form.image_size.setCurrentIndex(0)
    form.batch_size.setValue(4)
    form.advanced.epochs.setValue(2)
    window.show_training()
    card = panel.plan.estimate
    qtbot.waitUntil(lambda: card.estimate is not None, timeout=_MEASURING_TIMEOUT_MS)
    assert card.estimate is not None
    own = card.estimate.chosen
    qtbot.waitUntil(lambda: bool(card.estimate.beside), timeout=_MEASURING_TIMEOUT_MS)
    estimate = card.estimate
    assert estimate.chosen.memory_bytes == own.memory_bytes
    assert estimate.image_size == 64
    assert [cost.method for cost in estimate.beside] == ["lora", "full"]
    assert 0 < estimate.chosen.memory_bytes.value < estimate.beside[1].memory_bytes.value
    verdict = window.findChild(QLabel, "estimateVerdict")
    assert verdict.text().startswith("✓ It fits")

    # While: one trains, another waits, and follows by itself.
    click(qtbot, window, "startTraining")
    assert panel.live.charts.isVisible()
    until(lambda: bool(panel.live.charts.memory.points("in use")[0]))
    levels = panel.live.charts.memory._levels
    assert levels["estimate"].value() == estimate.chosen.memory_bytes.value / 1e6
    panel.tabs.setCurrentWidget(panel.plan)
    choose(form.method, "linear-probe")
    click(qtbot, window, "startTraining")
    project = Project.open(tmp_path / "images.fptproject")
    panel.tabs.setCurrentWidget(panel.live)
    until(lambda: len(project.runs()) == 2 and not project.queue())
    until(lambda: all(run.status == "finished" for run in project.runs()))
    until(lambda: not window.trainer.busy)
    # After: both in the table, with what they took.
    panel.tabs.setCurrentWidget(panel.runs)
    until(lambda: panel.runs.shown.rowCount() == 2)
    until(lambda: all(row.taken.cost is not None for row in panel.runs.shown.runs()))
    titles = [column.title for column in COLUMNS]
    for title in ("Test AUC (95 %)", "Learnable", "Memory", "Time", "PPE", "PME"):
        for row in range(2):
            text = panel.runs.shown.index(row, titles.index(title)).data()
            assert text, f"{title} of {panel.runs.shown.run(row).record.method}"
    panel.runs.table.setFocus()
    panel.runs.table.selectAll()
    settings = panel.runs.settings.table
    assert "method" in [settings.item(row, 0).text() for row in range(settings.rowCount())]

    # The model file of one of them tells what it is.
    panel.runs.table.selectRow(0)
    click(qtbot, window, "openRunModel")
    until(lambda: window.models_panel.files.card.summary is not None)
    assert window.models_panel.files.card.review.isEnabled()
