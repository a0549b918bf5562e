"""Answer whatever arrives in a folder, until it is stopped.

The folder is listed again and again: shares of a network, where scanners put their files,
send no notice of changes, and whether a file is still being written is only seen by looking
twice.
"""

from __future__ import annotations

import dataclasses
import hashlib
import time
from collections.abc import Generator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from fpt_core.answers.private_name import WITHHELD, names_patient, without_name
from fpt_core.answers.watch_memory import WatchMemory
from fpt_core.dataset.importers.tree import walk
from fpt_core.dataset.source_files import Stamp
from fpt_core.errors import DatasetError, FptError, ImageError
from fpt_core.events import Event, Predicted, PredictionFailed, Progress, Warned
from fpt_core.images.source import opened
from fpt_core.jobs.predict import Answering, answer, warm_model
from fpt_core.jobs.requests import WatchRequest

_PULSE_S = 0.2
"""Between two moments at which a watch can be stopped."""
_RETRIES_AFTER_S = (0.0, 2.0, 5.0)
"""A file that cannot be read may be half there: so often it is tried, so long after the last."""
_STAGE = "Watching"


@dataclass(frozen=True, slots=True)
class _Seen:
    """A file as it was when it was looked at last."""

    stamp: Stamp
    since: float
    """When it was first seen so."""
    tries: int = 0
    is_done: bool = False


def watch(request: WatchRequest) -> Generator[Event, None, None]:
    """The watch; it ends when its generator is closed.

    Raises:
        FptError: If the folder is not there, or the model or the log cannot be used.
    """
    if not request.folder.is_dir():
        raise FptError(
            f"There is no folder {request.folder}.", "Choose the folder to watch, or make it."
        )
    predictor = warm_model(request.model, request.weights, request.device)
    with request.model.open("rb") as file:
        model = hashlib.file_digest(file, "sha256").hexdigest()
    memory = WatchMemory(request.log, model)
    try:
        yield from _Watch(request, predictor, memory).run()
    finally:
        memory.close()


class _Watch:
    def __init__(self, request: WatchRequest, predictor: Answering, memory: WatchMemory) -> None:
        self._folder, self._request = request.folder, request
        self._predictor, self._memory = predictor, memory
        self._seen: dict[str, _Seen] = {}
        self._answered = 0
        self._is_gone = False

    def run(self) -> Generator[Event, None, None]:
        while True:
            for place in (yield from self._places()):
                if (image := self._due(place)) is not None:
                    yield from self._look_at(place, image)
                    yield Progress(_STAGE, self._answered, 0)
            until = time.monotonic() + self._request.every_s
            while time.monotonic() < until:
                yield Progress(_STAGE, self._answered, 0)
                time.sleep(_PULSE_S)

    def _places(self) -> Generator[Event, None, list[str]]:
        """The images that are there now; a folder that is gone is waited for."""
        listing = walk(self._folder)
        try:
            while True:
                next(listing)
                yield Progress(_STAGE, self._answered, 0)
        except StopIteration as end:
            self._is_gone = False
            places: list[str] = end.value.images
        except (DatasetError, OSError):
            if not self._is_gone:
                self._is_gone = True
                yield Warned("The watched folder is not there.", "The watch waits until it is.")
            return []
        there = set(places)
        self._seen = {place: seen for place, seen in self._seen.items() if place in there}
        return places

    def _due(self, place: str) -> _Seen | None:
        """The file, where it has not changed for long enough and is not done."""
        try:
            stamp = Stamp.of(self._folder / place)
        except OSError:
            return None
        now, seen = time.monotonic(), self._seen.get(place)
        if seen is None or seen.stamp != stamp:
            self._seen[place] = _Seen(stamp, now)
            return None
        wait = max(self._request.settled_s, _RETRIES_AFTER_S[seen.tries] if seen.tries else 0.0)
        is_due = not seen.is_done and stamp.size_bytes > 0 and now - seen.since >= wait
        return seen if is_due else None

    def _look_at(self, place: str, seen: _Seen) -> Generator[Event, None, None]:
        path = self._folder / place
        refusal: ImageError | None = None
        try:
            content = _hash_of(path)
            if self._memory.knows(content):
                self._seen[place] = dataclasses.replace(seen, is_done=True)
                return
            event = answer(self._predictor, path, explain=False)
        except ImageError as error:
            refusal = error
        if _has_changed(path, seen.stamp):
            return  # it was written to meanwhile: the next look sees it anew
        if refusal is not None:
            yield from self._refuse(place, seen, refusal)
            return
        self._seen[place] = dataclasses.replace(seen, is_done=True)
        self._answered += 1
        self._keep(place, content, event)
        yield event

    def _refuse(self, place: str, seen: _Seen, error: ImageError) -> Generator[Event, None, None]:
        """Try again later, and in the end say why there is no answer."""
        tries = seen.tries + 1
        if tries < len(_RETRIES_AFTER_S):
            self._seen[place] = _Seen(seen.stamp, time.monotonic(), tries)
            return
        self._seen[place] = dataclasses.replace(seen, is_done=True)
        path = self._folder / place
        try:
            content = _hash_of(path)
        except ImageError:
            return  # it has gone, or may not be read at all: nothing to remember it by
        event = PredictionFailed(str(path), error.message, error.remedy)
        self._keep(place, content, event)
        yield event

    def _keep(self, place: str, content: str, event: Predicted | PredictionFailed) -> None:
        path = self._folder / place
        private = names_patient(path, place)
        name = WITHHELD if private else place
        now = datetime.now().astimezone().isoformat(timespec="seconds")
        if isinstance(event, PredictionFailed):
            note = f"{event.message} {event.remedy}".strip()
            row = [now, name, "", "", "", without_name(note, path) if private else note]
        else:
            flag = "" if event.distance is None else "yes" if event.is_unlike else "no"
            share = f"{event.probabilities[event.best]:.6f}"
            row = [now, name, event.class_names[event.best], share, flag, ""]
        self._memory.keep(content, row)


def _hash_of(path: Path) -> str:
    with opened(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]


def _has_changed(path: Path, stamp: Stamp) -> bool:
    try:
        return Stamp.of(path) != stamp
    except OSError:
        return True
