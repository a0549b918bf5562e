"""What is asked before a run: what the settings on screen will take, and the runs that wait."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QObject, Signal

from app.training_panel.plan_page import PlanPage
from fpt_core.dataset.project import Project
from fpt_core.dataset.queue_table import QueuedRun
from fpt_core.dataset.run_table import RunRecord
from fpt_core.jobs.requests import EstimateRequest, ForecastRequest


class Questions(QObject):
    """Asks when something is another than before.

    While a job needs the machine nothing is measured; what was measured before is told.

    Args:
        page: Whose settings are asked about, and which shows the answers.
        parent: Owns it.

    Signals:
        asked(request): An ``EstimateRequest`` or a ``ForecastRequest``.
        dropped(): A job needs the machine: nothing may be measured any more.
    """

    asked = Signal(object)
    dropped = Signal()

    def __init__(self, page: PlanPage, parent: QObject) -> None:
        super().__init__(parent)
        self._page = page
        self._project: Project | None = None
        self._busy = False
        self._settings: EstimateRequest | None = None
        self._waiting: Any = None

    def set_project(self, project: Project | None) -> None:
        """Ask about this one; ``None``: there is nothing to train on."""
        self._project = project
        self._forget()

    def set_busy(self, busy: bool) -> None:
        """Whether a job needs the machine."""
        if busy == self._busy:
            return
        self._busy = busy
        self._forget()
        if busy:
            self.dropped.emit()

    def ask(self, *, afresh: bool = False) -> None:
        """Ask what the settings on screen would take, unless that is known or being asked."""
        card, project = self._page.estimate, self._project
        if project is None:
            card.show_waiting("")
        elif self._page.isVisible():
            wanted = self._page.form.request(project.path)
            request = EstimateRequest(
                wanted.prepare, wanted.training, afresh, measures=self._may_measure(project)
            )
            if request == self._settings and not afresh:
                return
            self._settings = dataclasses.replace(request, afresh=False)
            if request.measures:
                card.show_measuring()
            else:
                card.show_waiting("Looking up what was measured before…")
            self.asked.emit(request)

    def ask_about(self, queue: Sequence[QueuedRun], last: RunRecord | None) -> None:
        """Ask what the runs that wait will take, and the last one where that is not known."""
        project = self._project
        waiting = (tuple(queue), last)
        if project is None or waiting == self._waiting:
            return
        self._waiting = waiting
        if any(waiting):
            self.asked.emit(ForecastRequest(project.path, self._may_measure(project)))

    def _may_measure(self, project: Project) -> bool:
        """Not beside a job, nor in a second window, beside whose project another may train."""
        return not self._busy and not project.read_only

    def _forget(self) -> None:
        self._settings = self._waiting = None
