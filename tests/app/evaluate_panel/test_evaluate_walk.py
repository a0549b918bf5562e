"""The real window with its real worker: from the rail to figures, an image reviewed meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QToolButton
from pytestqt.qtbot import QtBot

from app.main_window import MainWindow
from fpt_core.dataset.project import Project
from tests.app.evaluate_panel.driven import click

Until = Callable[[Callable[[], bool]], None]


@pytest.mark.timeout(400)
def test_from_the_rail_to_figures(
    qtbot: QtBot, window: MainWindow, until: Until, trained: tuple[Path, Path]
) -> None:
    project = Project.open(trained[0])
    looks = len(project.test_looks())
    window.open_project(trained[0])
    button = window.findChild(QToolButton, "evaluateButton")
    assert button is not None
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    panel = window.evaluate_panel
    assert panel.isVisible()
    click(qtbot, panel, "measureTest")
    assert panel.gate.progress.isVisible()
    until(
        lambda: panel.results.threshold.isVisible() and panel.results.decisions.roc.mark is not None
    )
    assert len(project.test_looks()) == looks + 1
    assert window.responder.worker_pid is None, "reviewing has a process of its own"
    window.use_dark_theme()
    window.use_light_theme()
