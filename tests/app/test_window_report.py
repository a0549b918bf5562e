"""From the table of runs to the report of one of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from app.main_window import MainWindow
from app.report_dialog.report_dialog import ReportDialog
from tests.app.samples import make_project

Until = Callable[[Callable[[], bool]], None]


def test_a_run_of_the_table_is_the_one_to_report(
    qtbot: QtBot, window: MainWindow, until: Until, tmp_path: Path
) -> None:
    project = make_project(tmp_path)
    ids = [
        project.add_run("fpt+", "tiny", {"prepare": {"image_size": 512}, "training": {}})
        for _ in range(2)
    ]
    model = project.runs_dir / ids[0] / "model.fpt"
    model.parent.mkdir(parents=True)
    model.touch()
    project.update_run(ids[0], status="stopped", model_path=model)
    window.open_project(project.path)
    window.show_training()
    page = window.training_panel.runs
    window.training_panel.tabs.setCurrentWidget(page)
    until(lambda: page.model.rowCount() == 2)
    page._choose({ids[1]})
    assert not page.report.isEnabled(), "it has no model"
    page._choose({ids[0]})
    qtbot.mouseClick(page.report, Qt.MouseButton.LeftButton)
    [dialog] = window.findChildren(ReportDialog)
    assert dialog.isVisible()
    assert dialog.request.run == ids[0]
    assert dialog.request.project == project.path
    window.close()
    assert not dialog.isVisible()
