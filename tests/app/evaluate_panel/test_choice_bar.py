"""The page's head knows which of the models are runs of the project."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from app.evaluate_panel.choice_bar import ChoiceBar
from tests.app.samples import make_project


def test_a_report_is_offered_for_a_run_of_the_project_alone(qtbot: QtBot, tmp_path: Path) -> None:
    project = make_project(tmp_path)
    run = project.add_run("fpt+", "tiny", {})
    model = project.runs_dir / run / "model.fpt"
    model.parent.mkdir(parents=True)
    model.touch()
    project.update_run(run, status="stopped", model_path=model)
    bar = ChoiceBar()
    qtbot.addWidget(bar)
    bar.show()
    bar.offer_models(project)
    assert not bar.report.isVisible()
    bar.show_results(True)
    with qtbot.waitSignal(bar.report_wanted) as wanted:
        qtbot.mouseClick(bar.report, Qt.MouseButton.LeftButton)
    assert wanted.args == [run]
    elsewhere = tmp_path / "model.fpt"
    elsewhere.touch()
    bar.use_model(elsewhere)
    bar.show_results(True)
    assert bar.run is None
    assert not bar.report.isVisible()
