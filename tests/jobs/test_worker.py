from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

import psutil
import pytest

from fpt_core.dataset import read_pool
from fpt_core.dataset.project import Project
from fpt_core.events import Event, Failed, Finished, Progress, Stopped
from fpt_core.jobs import worker
from fpt_core.jobs.requests import Control, ImportRequest
from tests.pictures import write_labelled_folders

LIMIT_S = 60

Worker = tuple[Connection, BaseProcess]


@pytest.fixture
def running() -> Iterator[Worker]:
    """A worker process and the window's end of its pipe."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=worker.main, args=(theirs,))
    process.start()
    theirs.close()
    yield ours, process
    ours.close()
    process.join(LIMIT_S)
    process.kill()
    process.join()
    process.close()


def _received(connection: Connection) -> Event:
    assert connection.poll(LIMIT_S), "the worker answers"
    event: Event = connection.recv()
    return event


def _to_the_end(connection: Connection) -> list[Event]:
    events = [_received(connection)]
    while not isinstance(events[-1], Finished | Stopped | Failed):
        events.append(_received(connection))
    return events


def _imported(project: Path) -> int:
    """Images of a project, which need not be there."""
    return len(Project.open(project).images()) if Project.exists(project) else 0


def test_serves_one_request_after_another(running: Worker, tmp_path: Path) -> None:
    connection, _ = running
    source = write_labelled_folders(tmp_path / "images", per_class=4)
    for already_there in (0, 8):
        connection.send(ImportRequest(tmp_path / "study", source))
        events = _to_the_end(connection)
        assert isinstance(events[-1], Finished)
        assert events[-1].result["already_there"] == already_there
        assert Progress("Adding images", 8, 8) in events


def test_a_failure_is_told_in_words_and_the_worker_lives_on(
    running: Worker, tmp_path: Path
) -> None:
    connection, process = running
    for _ in range(2):
        connection.send(ImportRequest(tmp_path / "study", tmp_path / "absent"))
        [failed] = _to_the_end(connection)
        assert isinstance(failed, Failed)
        assert failed.kind == "dataset"
        assert "absent does not exist" in failed.message
    assert process.is_alive()


def test_an_error_of_the_programs_own_is_told_without_its_trace(running: Worker) -> None:
    connection, process = running
    connection.send("no request at all")
    [failed] = _to_the_end(connection)
    assert isinstance(failed, Failed)
    assert failed.kind == "internal"
    assert "Traceback" not in failed.message + failed.remedy
    assert process.is_alive()


def test_stops_between_two_events(running: Worker, tmp_path: Path) -> None:
    connection, process = running
    source = write_labelled_folders(tmp_path / "images", per_class=60)
    connection.send(ImportRequest(tmp_path / "study", source))
    _received(connection)
    connection.send(Control.STOP)
    assert isinstance(_to_the_end(connection)[-1], Stopped)
    assert _imported(tmp_path / "study") == 0
    assert process.is_alive()


def test_pauses_and_goes_on(running: Worker, tmp_path: Path) -> None:
    connection, _ = running
    source = write_labelled_folders(tmp_path / "images", per_class=60)
    connection.send(ImportRequest(tmp_path / "study", source))
    _received(connection)
    connection.send(Control.PAUSE)
    seen = 0
    while connection.poll(1.0):
        connection.recv()
        seen += 1
    assert seen < 120, "it pauses before the end"
    connection.send(Control.RESUME)
    assert isinstance(_to_the_end(connection)[-1], Finished)


@pytest.mark.parametrize("busy", [False, True])
def test_ends_when_the_pipe_closes(busy: bool, running: Worker, tmp_path: Path) -> None:
    connection, process = running
    if busy:
        source = write_labelled_folders(tmp_path / "images", per_class=60)
        connection.send(ImportRequest(tmp_path / "study", source))
        _received(connection)
    connection.close()
    process.join(LIMIT_S)
    assert process.exitcode == 0
    assert _imported(tmp_path / "study") == 0


def _serve_with_readers(connection: Connection) -> None:
    """A worker that reads even a few files by processes of its own."""
    read_pool._WORTH_S = 0.0  # type: ignore[misc]
    worker.main(connection)


def test_readers_of_a_worker_end_when_it_is_killed(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    connection, theirs = context.Pipe()
    process = context.Process(target=_serve_with_readers, args=(theirs,), daemon=True)
    process.start()
    theirs.close()
    source = write_labelled_folders(tmp_path / "images", per_class=200)
    connection.send(ImportRequest(tmp_path / "study", source))
    event = _received(connection)
    while not (isinstance(event, Progress) and event.stage == "Reading images" and event.done):
        event = _received(connection)
    readers = psutil.Process(process.pid).children()
    assert readers
    process.kill()
    process.join()
    process.close()
    connection.close()
    _, alive = psutil.wait_procs(readers, timeout=LIMIT_S)
    assert alive == []
