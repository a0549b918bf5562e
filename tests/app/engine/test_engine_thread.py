"""Steps thinned out, jobs in a row, and the end of an engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from multiprocessing import Pipe
from pathlib import Path
from typing import Any

import psutil
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from app.engine.engine_thread import EngineThread
from fpt_core.dataset.kept_readings import KeptReadings
from fpt_core.dataset.project import Project
from fpt_core.events import EpochCompleted, Finished, Progress, StepCompleted
from fpt_core.jobs.requests import ImportRequest
from tests.app.samples import write_slow_folder
from tests.pictures import write_labelled_folders

Until = Callable[[Callable[[], bool]], None]


@pytest.fixture
def engine(qtbot: QtBot) -> Iterator[EngineThread]:
    engine = EngineThread("test")
    engine.start()
    yield engine
    engine.shutdown()


def test_requests_wait_for_each_other(engine: EngineThread, until: Until, tmp_path: Path) -> None:
    events: list[Any] = []
    busy: list[bool] = []
    engine.event_received.connect(events.append)
    engine.busy_changed.connect(busy.append)
    source = write_labelled_folders(tmp_path / "images")
    request = ImportRequest(tmp_path / "new.fptproject", source)

    engine.submit(request)
    engine.submit(request)
    until(lambda: busy == [True, False, True, False])

    results = [event.result for event in events if isinstance(event, Finished)]
    assert [result["images"] for result in results] == [24, 0]
    assert results[1]["already_there"] == 24


def test_shutdown_stops_a_job_in_progress(
    engine: EngineThread, until: Until, tmp_path: Path
) -> None:
    done: list[int] = []
    engine.event_received.connect(
        lambda event: done.append(event.done if isinstance(event, Progress) else 0)
    )
    engine.submit(ImportRequest(tmp_path / "new.fptproject", write_slow_folder(tmp_path / "slow")))
    until(lambda: any(done))
    worker = engine.worker_pid
    assert worker is not None

    engine.shutdown()

    assert engine.isFinished()
    assert not psutil.pid_exists(worker)
    left = Project.open(tmp_path / "new.fptproject")
    assert left.images() == []
    assert KeptReadings(left.path).load(), "what was read is kept for the next import"


def test_a_request_after_shutdown_is_no_error(engine: EngineThread, tmp_path: Path) -> None:
    engine.shutdown()

    engine.submit(ImportRequest(tmp_path / "late.fptproject", tmp_path))

    assert not engine.busy


def test_steps_are_thinned_out_and_the_last_one_arrives(qtbot: QtBot) -> None:
    engine = EngineThread("test")
    log: list[Any] = []
    # A direct connection: this thread plays the engine's.
    engine.event_received.connect(log.append, Qt.ConnectionType.DirectConnection)
    ours, theirs = Pipe(duplex=False)
    for step in range(1, 101):
        theirs.send(StepCompleted(1, step, 100, 0.5, 1e-3, 10**8, 50.0, 0.1 * step))
    theirs.send(EpochCompleted(1, 1, 0.5, 0.5, None, True, 1.0))

    for _ in range(101):
        engine._receive(ours)
        engine._flush_step(only_if_due=True)

    steps = [event.step for event in log if isinstance(event, StepCompleted)]
    assert len(steps) < 100
    assert steps == sorted(steps)
    assert steps[-1] == 100
    assert isinstance(log[-1], EpochCompleted)
    ours.close()
    theirs.close()
    engine.shutdown()


def test_a_retired_worker_is_replaced_when_it_is_needed(
    engine: EngineThread, until: Until, tmp_path: Path
) -> None:
    busy: list[bool] = []
    engine.busy_changed.connect(busy.append)
    engine.submit(ImportRequest(tmp_path / "slow.fptproject", write_slow_folder(tmp_path / "slow")))
    until(lambda: busy == [True] and engine.worker_pid is not None)
    worker = engine.worker_pid
    assert worker is not None

    engine.retire()
    until(lambda: busy == [True, False])
    assert engine.worker_pid is None
    assert not psutil.pid_exists(worker)

    engine.submit(
        ImportRequest(tmp_path / "new.fptproject", write_labelled_folders(tmp_path / "images"))
    )
    until(lambda: busy == [True, False, True, False])
    assert engine.worker_pid not in (None, worker)
