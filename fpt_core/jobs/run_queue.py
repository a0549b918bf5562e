"""All runs that wait, one after another."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import Any

from fpt_core.dataset.project import Project
from fpt_core.errors import FptError
from fpt_core.events import Event, Finished, Warned
from fpt_core.jobs.requests import TrainRequest
from fpt_core.jobs.run import run
from fpt_core.jobs.run_log import queued_request


def run_queue(path: Path) -> Generator[Event, None, None]:
    """Train what waits in the project, also what is queued meanwhile.

    A run that cannot be done is told, and the next one begins; one that could not even start
    stays in the queue. Close the generator to stop: the run in progress can be resumed.

    Raises:
        ProjectError: If there is no project.
    """
    project = Project.open(path)
    done: list[dict[str, Any]] = []
    failed: list[dict[str, Any]] = []
    tried: set[int] = set()
    while waiting := [entry for entry in project.queue() if entry.id not in tried]:
        entry = waiting[0]
        tried.add(entry.id)
        try:
            request = queued_request(entry, project.path)
            done.append((yield from _one(request)))
        except FptError as error:
            failed.append({"number": entry.id, "message": error.message, "remedy": error.remedy})
            yield Warned(f"A run of the queue failed: {error.message}", error.remedy)
    left = len(project.queue())
    yield Finished({"project": str(project.path), "runs": done, "failed": failed, "left": left})


def _one(request: TrainRequest) -> Generator[Event, None, dict[str, Any]]:
    """Pass on all events of a run but the last, whose result is returned."""
    result: dict[str, Any] = {}
    for event in run(request):
        if isinstance(event, Finished):
            result = dict(event.result)
        else:
            yield event
    return result
