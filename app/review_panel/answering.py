"""Asks for the answer to what is on screen, and ahead for what will be."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from fpt_core.events import Event, Failed, Predicted, PredictionFailed, Stopped
from fpt_core.jobs.requests import PredictRequest

_MOST_KEPT = 32
Place = tuple[Path, int]
"""A file and its frame."""


class Answering(QObject):
    """One image is asked about at a time: what is wanted never waits for more than one other.

    Signals:
        wanted(request): Ask the process that answers.
        answered(place, event): Here is an answer, or why there is none.
    """

    wanted = Signal(object)
    answered = Signal(object, object)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._model: Path | None = None
        self._known: OrderedDict[Place, Predicted] = OrderedDict()
        self._asked: Place | None = None
        self._stale: list[Place] = []
        self._next: Place | None = None
        self._ahead: deque[Place] = deque()

    def use_model(self, model: Path | None) -> None:
        """Ask this model; what another one said is forgotten."""
        if model == self._model:
            return
        self._model = model
        self._known.clear()
        self._ahead.clear()
        self._leave_asked()
        self._next = None

    def known(self, place: Place) -> Predicted | None:
        """The answer, where it is here already."""
        return self._known.get(place)

    def keep(self, answer: Predicted) -> None:
        """Know an answer that was given elsewhere."""
        self._known[Path(answer.path), answer.frame] = answer
        while len(self._known) > _MOST_KEPT:
            self._known.popitem(last=False)

    def forget(self, path: Path) -> None:
        """The file may have changed: ask again."""
        for place in [place for place in self._known if place[0] == path]:
            del self._known[place]
        if self._asked is not None and self._asked[0] == path:
            self._leave_asked()

    def ask(self, place: Place) -> None:
        """Ask about what is on screen; of several asked for meanwhile only the last counts."""
        self._ahead.clear()
        if self._asked is None:
            self._send(place)
        elif self._asked != place:
            self._next = place

    def expect(self, places: Sequence[Place]) -> None:
        """Ask about these when nothing else is wanted, the first first."""
        self._ahead = deque(place for place in places if place not in self._known)
        self._send_next()

    def show_event(self, event: Event) -> None:
        """Hear an event of the process that answers."""
        match event:
            case Predicted() | PredictionFailed():
                place = (Path(event.path), event.frame)
                if place in self._stale:
                    self._stale.remove(place)
                    return
                if isinstance(event, Predicted):
                    self.keep(event)
                if place == self._asked:
                    self._asked = None
                self.answered.emit(place, event)
                self._send_next()
            case Failed():
                self.show_worker_died()
            case Stopped() if self._asked is not None:
                # What waited behind the job that was stopped went with it.
                self._send(self._asked)

    def show_worker_died(self) -> None:
        """Nothing that was asked will be answered."""
        self._asked = self._next = None
        self._stale.clear()
        self._ahead.clear()

    def _leave_asked(self) -> None:
        """Pass over the answer that is still to come."""
        if self._asked is not None:
            self._stale.append(self._asked)
            self._asked = None

    def _send_next(self) -> None:
        if self._asked is not None:
            return
        place, self._next = self._next, None
        if place is None and self._ahead:
            place = self._ahead.popleft()
        if place is not None:
            self._send(place)

    def _send(self, place: Place) -> None:
        if self._model is not None:
            self._asked = place
            self.wanted.emit(PredictRequest(self._model, (place[0],), place[1]))
