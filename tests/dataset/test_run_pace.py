from __future__ import annotations

import json
from pathlib import Path

import pytest

from fpt_core.dataset.run_folder import EVENTS
from fpt_core.dataset.run_pace import seconds_left
from fpt_core.events import Event, Progress, RunStarted, StepCompleted, to_record


def _started(first_step: int = 0) -> RunStarted:
    return RunStarted("r", "runs/r", "fpt+", "vit", True, ("a", "b"), 1, 2, 4, 40, first_step, 0)


def _step(number: int, elapsed_s: float) -> StepCompleted:
    return StepCompleted(1, number, 40, 0.7, 1e-3, 0, 8.0, elapsed_s)


def _write(folder: Path, *events: Event, cut: str = "") -> Path:
    lines = [json.dumps(to_record(event)) + "\n" for event in events]
    (folder / EVENTS).write_text("".join(lines) + cut, encoding="utf-8")
    return folder


def test_what_is_left_goes_on_at_the_pace_of_the_last_steps(tmp_path: Path) -> None:
    _write(tmp_path, _started(), _step(1, 5.0), _step(2, 7.0), _step(4, 11.0))
    assert seconds_left(tmp_path) == pytest.approx(36 * 2.0)


def test_time_counts_since_the_run_was_resumed(tmp_path: Path) -> None:
    before = [_step(number, 100.0 * number) for number in range(1, 11)]
    _write(tmp_path, _started(), *before, _started(10), _step(11, 3.0), _step(20, 12.0))
    assert seconds_left(tmp_path) == pytest.approx(20 * 1.0)


def test_of_a_long_run_the_last_steps_alone_are_read(tmp_path: Path) -> None:
    slow = [_step(1, 50.0 * number) for number in range(1000)]
    quick = [_step(number, 50_000 + 0.5 * number) for number in range(1, 40)]
    _write(tmp_path, _started(), *slow, *quick * 20)
    assert seconds_left(tmp_path) == pytest.approx(0.5)


def test_a_line_that_a_kill_has_cut_is_passed_over(tmp_path: Path) -> None:
    _write(tmp_path, _started(), _step(1, 2.0), _step(3, 6.0), cut='{"event": "StepCompleted", "st')
    assert seconds_left(tmp_path) == pytest.approx(37 * 2.0)


def test_before_its_second_step_a_run_has_no_pace(tmp_path: Path) -> None:
    assert seconds_left(tmp_path) is None
    assert seconds_left(_write(tmp_path, Progress("Preparing", 3, 9))) is None
    assert seconds_left(_write(tmp_path, _started(), _step(1, 2.0))) is None
