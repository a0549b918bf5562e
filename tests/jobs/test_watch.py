"""A watched folder with files that others write, a real model and restarts."""

from __future__ import annotations

import csv
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from fpt_core.errors import FptError
from fpt_core.events import Event, Predicted, PredictionFailed, Warned
from fpt_core.jobs.requests import WatchRequest
from fpt_core.jobs.run import run
from tests.pictures import write_image

pytestmark = pytest.mark.usefixtures("no_weights")
_LIMIT_S = 60.0


@pytest.fixture
def request_(trained: tuple[Path, Path], tmp_path: Path) -> WatchRequest:
    (tmp_path / "inbox").mkdir()
    return WatchRequest(
        trained[1], tmp_path / "inbox", tmp_path / "log.csv", every_s=0.1, settled_s=0.3
    )


def _next(events: Iterator[Event], kind: type[Event]) -> Event:
    limit = time.monotonic() + _LIMIT_S
    for event in events:
        assert time.monotonic() < limit, f"no {kind.__name__} came"
        if isinstance(event, kind):
            return event
    raise AssertionError("the watch has ended")


def _log(request: WatchRequest) -> list[tuple[str, str]]:
    with request.log.open(encoding="utf-8-sig", newline="") as file:
        return [(row["file"], row["note"]) for row in csv.DictReader(file)]


_SLOWLY = """
import sys, time
content = open(sys.argv[1], "rb").read()
with open(sys.argv[2], "wb") as file:
    for start in range(0, len(content), len(content) // 8):
        file.write(content[start : start + len(content) // 8])
        file.flush()
        time.sleep(0.15)
"""


def test_a_file_is_answered_once_it_is_whole_and_once_only(
    request_: WatchRequest, tmp_path: Path
) -> None:
    source = write_image(tmp_path / "source.png", 1, size=120)
    writer = subprocess.Popen(
        [sys.executable, "-c", _SLOWLY, str(source), str(request_.folder / "slow.png")]
    )
    events = run(request_)
    answered = _next(events, Predicted)
    assert writer.poll() == 0 or (request_.folder / "slow.png").stat().st_size == (
        source.stat().st_size
    )
    writer.wait()
    assert isinstance(answered, Predicted)
    shutil.copy(source, request_.folder / "a copy.png")
    write_image(request_.folder / "below" / "next.png", 2)
    _next(events, Predicted)
    events.close()
    assert [name for name, _ in _log(request_)] == ["slow.png", "below/next.png"]


def test_a_restart_in_the_middle_answers_the_rest_and_nothing_twice(
    request_: WatchRequest,
) -> None:
    for number in range(4):
        write_image(request_.folder / f"{number}.png", number)
    events = run(request_)
    for _ in range(2):
        _next(events, Predicted)
    events.close()
    again = run(request_)
    for _ in range(2):
        _next(again, Predicted)
    write_image(request_.folder / "late.png", 9)
    _next(again, Predicted)
    again.close()
    assert sorted(name for name, _ in _log(request_)) == [
        "0.png", "1.png", "2.png", "3.png", "late.png",
    ]  # fmt: skip


def test_what_cannot_be_read_is_tried_again_then_logged_and_the_watch_goes_on(
    request_: WatchRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fpt_core.jobs.watch._RETRIES_AFTER_S", (0.0, 0.1, 0.1))
    whole = write_image(request_.folder / "cut.png", 1, size=120).read_bytes()
    (request_.folder / "cut.png").write_bytes(whole[:900])
    events = run(request_)
    failed = _next(events, PredictionFailed)
    assert isinstance(failed, PredictionFailed)
    (request_.folder / "cut.png").write_bytes(whole)
    _next(events, Predicted)
    events.close()
    assert [bool(note) for _, note in _log(request_)] == [True, False]


def test_a_folder_that_goes_is_waited_for(request_: WatchRequest) -> None:
    write_image(request_.folder / "first.png", 1)
    events = run(request_)
    _next(events, Predicted)
    request_.folder.rename(request_.folder.with_name("elsewhere"))
    _next(events, Warned)
    write_image(request_.folder / "second.png", 2)
    _next(events, Predicted)
    events.close()


def test_a_folder_that_never_was_is_refused(request_: WatchRequest) -> None:
    request_.folder.rmdir()
    with pytest.raises(FptError, match="There is no folder"):
        next(run(request_))
