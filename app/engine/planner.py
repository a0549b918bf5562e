"""Asks what a run would take, in a process of its own that is there only while it is needed."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal

from app.engine.engine_thread import EngineThread
from fpt_core.events import Event, Failed, Finished, Progress, Stopped
from fpt_core.jobs.estimates import Estimate
from fpt_core.jobs.requests import EstimateRequest

_SETTLING_MS = 400
"""Settings that are still being changed are not worth a measurement."""
_UNUSED_MS = 60_000
"""After this the worker's memory is more useful to others."""


class Planner(QObject):
    """Answers the latest question only.

    Signals:
        progressed(event): A ``Progress`` of it.
        estimated(estimate): The ``Estimate`` that was asked for.
        failed(event): A ``Failed``: there is none for these settings.
    """

    progressed = Signal(object)
    estimated = Signal(object)
    failed = Signal(object)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._engine = EngineThread("estimates", self)
        self._engine.event_received.connect(self._on_event)
        self._engine.worker_died.connect(self._on_worker_died)
        self._next: EstimateRequest | None = None
        self._measures = self._is_stale = False
        self._settling = QTimer(self, interval=_SETTLING_MS, singleShot=True)
        self._settling.timeout.connect(self._begin)
        self._unused = QTimer(self, interval=_UNUSED_MS, singleShot=True)
        self._unused.timeout.connect(self._engine.retire)

    def ask(self, request: EstimateRequest) -> None:
        """Estimate ``request`` as soon as the settings have settled."""
        self._next = request
        self._settling.start()

    def drop(self) -> None:
        """Nothing is wanted any more: a job needs the machine."""
        self._next = None
        self._settling.stop()
        self._unused.stop()
        self._is_stale = self._measures = False
        if self._engine.isRunning():
            self._engine.retire()

    def close(self) -> None:
        """End the worker."""
        self.drop()
        if self._engine.isRunning():
            self._engine.shutdown()

    def _begin(self) -> None:
        if self._next is None:
            return
        self._unused.stop()
        if self._measures:
            self._is_stale = True
            self._engine.stop()
            return
        if not self._engine.isRunning():
            self._engine.start()
        request, self._next = self._next, None
        self._measures = True
        self._engine.submit(request)

    def _on_event(self, event: Event) -> None:
        if not self._measures:
            return
        if isinstance(event, Finished | Failed | Stopped):
            self._end(event)
        elif isinstance(event, Progress) and not self._is_stale:
            self.progressed.emit(event)

    def _on_worker_died(self, exit_code: int) -> None:
        if self._measures:
            why = "The measurement was ended by the system, perhaps for lack of memory."
            self._end(Failed("worker", why, "Choose smaller settings, or close other programs."))

    def _end(self, event: Finished | Failed | Stopped) -> None:
        stale, self._measures, self._is_stale = self._is_stale, False, False
        self._unused.start()
        if stale:
            self._begin()
        elif isinstance(event, Finished):
            self.estimated.emit(Estimate.from_dict(event.result))
        elif isinstance(event, Failed):
            self.failed.emit(event)
