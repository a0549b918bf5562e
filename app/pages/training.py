"""The Training page, with what measures its plans and watches over its runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.engine.planner import Planner
from app.pages.joined import join, paint
from app.pages.report import show_report
from app.run_watch import RunWatch
from app.training_panel.training_panel import TrainingPanel

if TYPE_CHECKING:
    from app.main_window import MainWindow


def make(window: MainWindow) -> TrainingPanel:
    """The page, joined to ``window``."""
    page = TrainingPanel()
    page.train_wanted.connect(lambda request: window.run_job(request, page))
    page.pause_wanted.connect(window.trainer.pause)
    page.continue_wanted.connect(window.trainer.resume)
    page.stop_wanted.connect(window.trainer.stop)
    page.model_wanted.connect(window.open_model)
    page.review_wanted.connect(window.review_with)
    page.evaluate_wanted.connect(window.evaluate)
    page.report_wanted.connect(lambda run_id: show_report(window, run_id))
    page.plan.form.backbones_wanted.connect(window.show_backbones)
    window.backbones_changed.connect(page.plan.form.refresh_backbones)
    window.trainer.busy_changed.connect(page.set_engine_busy)
    page.set_engine_busy(window.trainer.busy)
    window.images_changed.connect(page.set_project)
    paint(window, page)
    _plan(window, page)
    _watch(window, page)
    join(window, page)
    return page


def _plan(window: MainWindow, page: TrainingPanel) -> None:
    planner, estimate = Planner(window), page.plan.estimate
    page.questions.asked.connect(planner.ask)
    page.questions.dropped.connect(planner.drop)
    planner.progressed.connect(estimate.show_progress)
    planner.estimated.connect(estimate.show_estimate)
    planner.failed.connect(estimate.show_failure)
    planner.foreseen.connect(page.show_forecast)
    window.closing.connect(planner.close)


def _watch(window: MainWindow, page: TrainingPanel) -> None:
    watch = RunWatch(window)
    page.running_changed.connect(watch.set_running)
    page.run_ended.connect(watch.tell_end)
    watch.noted.connect(page.live.note)
    window.closing.connect(watch.close)
