"""The Evaluate page, with the process that measures for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.evaluate_panel.evaluate_panel import EvaluatePanel
from app.pages.joined import join, paint
from app.pages.report import show_report

if TYPE_CHECKING:
    from app.main_window import MainWindow


def make(window: MainWindow) -> EvaluatePanel:
    """The page, joined to ``window``."""
    page = EvaluatePanel()
    page.evaluate_wanted.connect(window.evaluator.submit)
    page.stop_wanted.connect(window.evaluator.stop)
    page.report_wanted.connect(lambda run_id: show_report(window, run_id))
    page.cell_chosen.connect(window.show_cell)
    window.evaluator.event_received.connect(page.show_event)
    window.evaluator.worker_died.connect(page.show_worker_died)
    window.images_changed.connect(page.set_project)
    paint(window, page)
    join(window, page)
    return page
