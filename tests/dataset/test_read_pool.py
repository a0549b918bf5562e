"""Many files are read by several processes, and one that crashes its reader by none."""

from __future__ import annotations

import dataclasses
import os
import signal
import time
from collections.abc import Sequence
from pathlib import Path

import psutil
import pytest

from fpt_core.dataset import read_pool
from fpt_core.dataset.frames import FrameRule
from fpt_core.dataset.read_pool import Reader, read_files
from fpt_core.dataset.reading import IMAGE_READER, Reading, ReadTask, read_images
from tests.pictures import write_image


def _tasks(folder: Path, number: int) -> list[ReadTask]:
    return [
        ReadTask(write_image(folder / f"{n:03d}.png", n), (), FrameRule()) for n in range(number)
    ]


@pytest.fixture
def always_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read_pool, "_WORTH_S", 0.0)
    monkeypatch.setattr(read_pool, "_BATCH_FILES", 5)
    monkeypatch.setattr(read_pool, "processors", lambda: 2)


def _read(reader: Reader[ReadTask, Reading], tasks: Sequence[ReadTask]) -> list[Reading]:
    """What comes out for each, in the order of the tasks."""
    found = {
        start + number: reading
        for start, readings in read_files(reader, tasks, [1] * len(tasks))
        for number, reading in enumerate(readings)
    }
    return [found[number] for number in range(len(tasks))]


def _crash_on_seven(tasks: Sequence[ReadTask]) -> list[Reading]:
    if any(task.path.name == "007.png" for task in tasks):
        os.kill(os.getpid(), signal.SIGKILL)
    return read_images(tasks)


def _cannot_start() -> None:
    os._exit(1)


@pytest.mark.usefixtures("always_processes")
def test_processes_read_what_one_would(tmp_path: Path) -> None:
    tasks = _tasks(tmp_path, 23)
    (tmp_path / "003.png").write_bytes(b"nothing")
    found = _read(IMAGE_READER, tasks)
    assert found == read_images(tasks)
    assert [n for n, reading in enumerate(found) if reading.refusal] == [3]


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="kills a process the way Linux does")
@pytest.mark.usefixtures("always_processes")
def test_a_file_that_crashes_its_reader_is_left_out_alone(tmp_path: Path) -> None:
    reader = dataclasses.replace(IMAGE_READER, read=_crash_on_seven)
    tasks = _tasks(tmp_path, 23)
    found = _read(reader, tasks)
    refused = {n: reading.refusal for n, reading in enumerate(found) if reading.refusal}
    assert set(refused) == {7}
    assert "decoder crash" in refused[7]


@pytest.mark.usefixtures("always_processes")
def test_where_no_process_starts_the_files_are_read_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(read_pool, "end_with_parent", _cannot_start)
    tasks = _tasks(tmp_path, 23)
    assert _read(IMAGE_READER, tasks) == read_images(tasks)


@pytest.mark.usefixtures("always_processes")
def test_no_reader_outlives_a_reading_that_was_stopped(tmp_path: Path) -> None:
    reading = read_files(IMAGE_READER, _tasks(tmp_path, 30), [1] * 30)
    next(reading)
    assert psutil.Process().children()
    reading.close()
    limit = time.monotonic() + 30
    while any("spawn_main" in " ".join(child.cmdline()) for child in psutil.Process().children()):
        assert time.monotonic() < limit
        time.sleep(0.05)
