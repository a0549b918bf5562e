"""The one evaluation that is waited for, among those that the engine was asked for."""

from __future__ import annotations

from collections import deque

from PySide6.QtCore import QObject, Signal

from fpt_core.events import Answered, ClassesDiffer, Event, Failed, Finished, Progress, Stopped
from fpt_core.jobs.requests import EvaluateRequest


class Measurement(QObject):
    """Knows whose event it is; what comes of an evaluation that was given up is dropped.

    Signals:
        wanted(request), stop_wanted(): For the engine.
        progressed(event), answered(event), finished(result): Of the one that is waited for.
        stopped(): It was stopped as asked.
        failed(event, differ): It could not go on; ``differ`` says which classes are
            unknown, or is none.
    """

    wanted = Signal(object)
    stop_wanted = Signal()
    progressed = Signal(object)
    answered = Signal(object)
    finished = Signal(object)
    stopped = Signal()
    failed = Signal(object, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._sent: deque[EvaluateRequest] = deque()
        self._asked: EvaluateRequest | None = None
        self._differ: ClassesDiffer | None = None

    @property
    def running(self) -> bool:
        """Whether one is waited for."""
        return self._asked is not None

    def ask(self, request: EvaluateRequest) -> None:
        """Wait for this one from now on."""
        self._asked, self._differ = request, None
        self._sent.append(request)
        self.wanted.emit(request)

    def stop(self) -> None:
        """Stop the one in progress; ``stopped`` follows."""
        while len(self._sent) > 1:  # the engine forgets those that wait without a word
            self._sent.pop()
        self.stop_wanted.emit()

    def give_up(self) -> None:
        """Wait for none any more."""
        if self.running:
            self.stop()
        self._asked = None

    def take(self, event: Event) -> None:
        """An event of the evaluation in progress."""
        awaited = bool(self._sent) and self._sent[0] is self._asked
        if isinstance(event, Finished | Stopped | Failed):
            if self._sent:
                self._sent.popleft()
            if awaited:
                self._asked = None
        if awaited:
            self._tell(event)

    def take_death(self) -> None:
        """The engine's process is gone, and all that it was asked for."""
        self._sent.clear()
        self._asked = None

    def _tell(self, event: Event) -> None:
        match event:
            case Progress():
                self.progressed.emit(event)
            case ClassesDiffer():
                self._differ = event
            case Answered():
                self.answered.emit(event)
            case Finished():
                self.finished.emit(event.result)
            case Stopped():
                self.stopped.emit()
            case Failed():
                self.failed.emit(event, self._differ)
