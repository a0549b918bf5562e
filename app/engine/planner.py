"""Asks what runs would take, in a process of its own that is there only while it is needed."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal

from app.engine.engine_thread import EngineThread
from fpt_core.events import Estimated, Event, Failed, Finished, Progress, Stopped
from fpt_core.jobs.estimates import Estimate, Forecast
from fpt_core.jobs.requests import EstimateRequest, ForecastRequest

_SETTLING_MS = 400
"""Settings that are still being changed are not worth a measurement."""
_UNUSED_MS = 60_000
"""After this the worker's memory is more useful to others."""

Question = EstimateRequest | ForecastRequest


class Planner(QObject):
    """Answers the latest question of each kind, estimates first.

    Signals:
        progressed(event): A ``Progress`` of an estimate.
        estimated(estimate): The ``Estimate`` that was asked for; before, without those beside it.
        failed(event): A ``Failed``: there is none for these settings.
        foreseen(forecast): The ``Forecast`` that was asked for.
    """

    progressed = Signal(object)
    estimated = Signal(object)
    failed = Signal(object)
    foreseen = Signal(object)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._engine = EngineThread("estimates", self)
        self._engine.event_received.connect(self._on_event)
        self._engine.worker_died.connect(self._on_worker_died)
        self._wanted: dict[type[Question], Question] = {}
        self._current: Question | None = None
        self._is_stale = False
        self._settling = QTimer(self, interval=_SETTLING_MS, singleShot=True)
        self._settling.timeout.connect(self._begin)
        self._unused = QTimer(self, interval=_UNUSED_MS, singleShot=True)
        self._unused.timeout.connect(self._engine.retire)

    def ask(self, question: Question) -> None:
        """Answer ``question`` as soon as the settings have settled."""
        self._wanted[type(question)] = question
        self._settling.start()

    def drop(self) -> None:
        """Nothing is wanted any more: a job needs the machine."""
        self._wanted.clear()
        self._settling.stop()
        self._unused.stop()
        self._current, self._is_stale = None, False
        if self._engine.isRunning():
            self._engine.retire()

    def close(self) -> None:
        """End the worker."""
        self.drop()
        if self._engine.isRunning():
            self._engine.shutdown()

    def _begin(self) -> None:
        if not self._wanted:
            return
        self._unused.stop()
        if self._current is not None:
            if EstimateRequest in self._wanted or type(self._current) in self._wanted:
                self._is_stale = True
                self._engine.stop()
            return
        if not self._engine.isRunning():
            self._engine.start()
        kind = EstimateRequest if EstimateRequest in self._wanted else ForecastRequest
        self._current = self._wanted.pop(kind)
        self._engine.submit(self._current)

    def _on_event(self, event: Event) -> None:
        if self._current is None:
            return
        if isinstance(event, Finished | Failed | Stopped):
            self._end(event)
        elif isinstance(self._current, EstimateRequest) and not self._is_stale:
            self._tell_meanwhile(event)

    def _tell_meanwhile(self, event: Event) -> None:
        if isinstance(event, Progress):
            self.progressed.emit(event)
        elif isinstance(event, Estimated):
            self.estimated.emit(Estimate.from_dict(event.estimate))

    def _on_worker_died(self, exit_code: int) -> None:
        if self._current is not None:
            why = "The measurement was ended by the system, perhaps for lack of memory."
            self._end(Failed("worker", why, "Choose smaller settings, or close other programs."))

    def _end(self, event: Finished | Failed | Stopped) -> None:
        assert self._current is not None, "something was asked"
        question, stale = self._current, self._is_stale
        self._current, self._is_stale = None, False
        self._unused.start()
        if stale:
            self._wanted.setdefault(type(question), question)  # another kind was more urgent
        else:
            self._tell(question, event)
        self._begin()

    def _tell(self, question: Question, event: Finished | Failed | Stopped) -> None:
        if isinstance(question, ForecastRequest):
            done = isinstance(event, Finished)
            self.foreseen.emit(Forecast.from_dict(event.result) if done else Forecast())
        elif isinstance(event, Finished):
            self.estimated.emit(Estimate.from_dict(event.result))
        elif isinstance(event, Failed):
            self.failed.emit(event)
