"""The engine thread with a real worker process."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from pytestqt.qtbot import QtBot

from app.engine.engine_thread import EngineThread
from fpt_core.events import Failed, Finished, Progress, Stopped
from fpt_core.jobs.requests import ImportRequest
from tests.pictures import write_labelled_folders

Until = Callable[[Callable[[], bool]], None]
_GONE_WITHIN_S = 20


@pytest.fixture
def engine(qtbot: QtBot) -> Iterator[EngineThread]:
    engine = EngineThread("test")
    engine.start()
    yield engine
    if engine.isRunning():
        engine.shutdown()
    assert multiprocessing.active_children() == []


@pytest.fixture
def events(engine: EngineThread) -> list[Any]:
    received: list[Any] = []
    engine.event_received.connect(received.append)
    return received


def _import(tmp_path: Path, **sizes: int) -> ImportRequest:
    return ImportRequest(tmp_path / "study", write_labelled_folders(tmp_path / "images", **sizes))


def test_a_job_runs_and_its_events_arrive(
    engine: EngineThread, events: list[Any], until: Until, tmp_path: Path
) -> None:
    engine.submit(_import(tmp_path))
    until(lambda: bool(events) and isinstance(events[-1], Finished))
    assert any(isinstance(event, Progress) for event in events)
    until(lambda: not engine.busy)


def test_a_failing_job_leaves_the_worker_ready(
    engine: EngineThread, events: list[Any], until: Until, tmp_path: Path
) -> None:
    engine.submit(ImportRequest(tmp_path / "study", tmp_path / "absent"))
    engine.submit(_import(tmp_path))
    until(lambda: bool(events) and isinstance(events[-1], Finished))
    assert isinstance(events[0], Failed)
    assert "does not exist" in events[0].message


def test_a_paused_job_waits_and_a_stopped_one_changes_nothing(
    engine: EngineThread, events: list[Any], until: Until, tmp_path: Path
) -> None:
    engine.submit(_import(tmp_path, per_class=300))
    engine.pause()
    until(lambda: bool(events))
    engine.stop()
    until(lambda: bool(events) and isinstance(events[-1], Stopped))
    assert not (tmp_path / "study.fptproject").exists()


def test_a_killed_worker_is_told_and_replaced(
    qtbot: QtBot, engine: EngineThread, events: list[Any], until: Until, tmp_path: Path
) -> None:
    engine.submit(_import(tmp_path, per_class=300))
    until(lambda: bool(events))
    first = engine.worker_pid
    assert first is not None
    with qtbot.waitSignal(engine.worker_died) as died:
        os.kill(first, signal.SIGKILL)
    assert died.args == [-signal.SIGKILL]
    events.clear()
    engine.submit(_import(tmp_path / "again"))
    until(lambda: bool(events) and isinstance(events[-1], Finished))
    assert engine.worker_pid != first


_WINDOW = """
import sys
from pathlib import Path
from PySide6.QtCore import QCoreApplication
from app.engine.engine_thread import EngineThread
from fpt_core.jobs.requests import ImportRequest

def main():
    application = QCoreApplication([])
    engine = EngineThread("orphan")
    engine.event_received.connect(lambda event: print(engine.worker_pid, flush=True))
    engine.start()
    engine.submit(ImportRequest(Path(sys.argv[1]), Path(sys.argv[2])))
    application.exec()

if __name__ == "__main__":
    main()
"""


def test_a_killed_window_leaves_no_orphan(tmp_path: Path) -> None:
    script = tmp_path / "window.py"
    script.write_text(_WINDOW, encoding="utf-8")
    source = write_labelled_folders(tmp_path / "images", per_class=300)
    process = subprocess.Popen(
        [sys.executable, str(script), str(tmp_path / "study"), str(source)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.getcwd()},
    )
    assert process.stdout is not None
    pid = int(process.stdout.readline())
    assert psutil.pid_exists(pid)
    process.kill()
    process.wait()
    process.stdout.close()
    limit = time.monotonic() + _GONE_WITHIN_S
    while _is_alive(pid) and time.monotonic() < limit:
        time.sleep(0.1)
    assert not _is_alive(pid)


def _is_alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
