"""Only the latest question is answered, and the worker is there only while it is needed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from app.engine.planner import Planner
from fpt_core.dataset.project import Project
from fpt_core.events import Failed
from fpt_core.jobs.estimates import Forecast
from fpt_core.jobs.requests import (
    BackboneChoice,
    EstimateRequest,
    ForecastRequest,
    PrepareRequest,
    TrainRequest,
)
from fpt_core.jobs.run_log import enqueue
from tests.app.samples import make_project

Until = Callable[[Callable[[], bool]], None]


@pytest.fixture
def planner(qtbot: QtBot) -> Iterator[Planner]:
    owner = QObject()
    planner = Planner(owner)
    yield planner
    planner.close()


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return make_project(tmp_path)


def request(project: Project, image_size: int) -> EstimateRequest:
    choice = BackboneChoice("vit_tiny_patch16_224", allow_random=True)
    return EstimateRequest(PrepareRequest(project.path, "fpt+", choice, image_size))


def test_the_latest_settings_are_answered(planner: Planner, project: Project, until: Until) -> None:
    refusals: list[str] = []
    planner.failed.connect(lambda event: refusals.append(event.message))
    planner.ask(request(project, 50))
    until(lambda: planner._current is not None)
    planner.ask(request(project, 60))
    planner.ask(request(project, 70))
    until(lambda: bool(refusals) and planner._current is None)

    assert len(refusals) == 1
    assert "70" in refusals[0]


def test_what_waits_is_told_after_the_settings_on_screen(
    planner: Planner, project: Project, until: Until
) -> None:
    told: list[object] = []
    planner.failed.connect(told.append)
    planner.foreseen.connect(told.append)
    number = enqueue(project, TrainRequest(request(project, 70).prepare))
    planner.ask(ForecastRequest(project.path, measures=False))
    planner.ask(request(project, 50))
    until(lambda: len(told) == 2)

    assert isinstance(told[0], Failed)
    assert isinstance(told[1], Forecast)
    assert "Not measured" in told[1].queue[number].why_not


def test_a_job_gets_the_machine(planner: Planner, project: Project, until: Until) -> None:
    planner.ask(request(project, 64))
    until(lambda: planner._engine.worker_pid is not None)

    planner.drop()

    until(lambda: planner._engine.worker_pid is None)
    assert planner._current is None
