"""The sealed test split: whoever is told a result on it has looked, and each look is counted."""

from __future__ import annotations

import contextlib
from collections.abc import Generator
from pathlib import Path

from fpt_core.dataset.project import Project
from fpt_core.events import Answered, Event, Finished
from fpt_core.jobs.requests import (
    CasesRequest,
    CompareRequest,
    EvaluateRequest,
    ReportRequest,
    Request,
    TrainRequest,
)

_WITH_TEST = ("test", "all")


def counted(request: Request, events: Generator[Event, None, None]) -> Generator[Event, None, None]:
    """Pass ``events`` on; a result on test images is counted in the project before it is told."""
    with contextlib.closing(events):
        told = False
        for event in events:
            if isinstance(event, Answered | Finished) and not told:
                _count(request, event)
                told = True
            yield event


def _count(request: Request, event: Answered | Finished) -> None:
    if isinstance(request, TrainRequest):
        assert isinstance(event, Finished), "a training answers nothing before its end"
        metrics = event.result["metrics"].get("test")
        if metrics and metrics["images"]:
            _record(request.prepare.project, f"end of run {event.result['run']}")
    elif isinstance(request, EvaluateRequest) and request.split in _WITH_TEST:
        run = request.model.resolve().parent.name
        _record(request.project, f"evaluation of {request.model.name} in {run}")
    elif isinstance(request, CasesRequest) and request.split in _WITH_TEST:
        _record(request.project, f"images behind the answers of {request.model.parent.name}")
    elif isinstance(request, CompareRequest):
        _record(request.project, f"comparison of {len(request.runs)} runs")
    elif isinstance(request, ReportRequest):
        _record(request.project, f"report of {request.run}")


def _record(project: Path, what: str) -> None:
    Project.open(project).record_test_look(what)
