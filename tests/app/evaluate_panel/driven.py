"""The Evaluate panel with real jobs in the test's own process, and a hand for its mouse."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtWidgets import QPushButton, QWidget
from pytestqt.qtbot import QtBot

from app.evaluate_panel.evaluate_panel import EvaluatePanel
from app.evaluate_panel.plot import Plot
from fpt_core.errors import FptError
from fpt_core.events import Failed
from fpt_core.jobs.requests import EvaluateRequest
from fpt_core.jobs.run import run


def answer_at_once(panel: EvaluatePanel) -> list[EvaluateRequest]:
    """Run every request in this process; returns those that were made."""
    asked: list[EvaluateRequest] = []

    def carry_out(request: EvaluateRequest) -> None:
        asked.append(request)
        try:
            for event in run(request):
                panel.show_event(event)
        except FptError as error:
            panel.show_event(Failed.from_error(error))

    panel.evaluate_wanted.connect(carry_out)
    return asked


def click(qtbot: QtBot, panel: QWidget, name: str) -> None:
    """Click a button of the panel that can be seen."""
    button = panel.findChild(QPushButton, name)
    assert button is not None
    assert button.isVisible(), name
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def hover(qtbot: QtBot, plot: Plot, x: float, y: float) -> str:
    """Move the mouse to a place of the data; returns what is said there."""
    scene = plot.plotItem.vb.mapViewToScene(QPointF(x, y))
    viewport = plot.viewport()
    qtbot.mouseMove(viewport, QPoint(1, 1))
    qtbot.mouseMove(viewport, plot.mapFromScene(scene))
    return plot.hover_text
