"""Training as a run folder keeps it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fpt_core.dataset.run_folder import EVENTS, write_metrics
from fpt_core.errors import ProjectError
from fpt_core.events import EpochCompleted, StepCompleted, to_record
from fpt_core.report.run_events import read_parameters, read_run_events


def _step(number: int, elapsed_s: float, memory_bytes: int = 5) -> StepCompleted:
    return StepCompleted(1, number, 9, 0.5, 0.001, memory_bytes, 10.0, elapsed_s)


def _write(folder: Path, *records: dict[str, object]) -> None:
    lines = "".join(json.dumps(record) + "\n" for record in records)
    (folder / EVENTS).write_text(f'{lines}{{"event": "StepCompl')


def test_steps_epochs_and_memory_over_a_resumption(tmp_path: Path) -> None:
    started = {"event": "RunStarted", "trainable_parameters": 7, "total_parameters": 100}
    steps = [_step(1, 1.0), _step(2, 2.5, memory_bytes=9), _step(3, 0.5), _step(4, 1.5)]
    _write(tmp_path, started, *map(to_record, steps))
    epochs = [EpochCompleted(n, 2, 0.5, 0.6, 0.7, is_best=n == 1, elapsed_s=1.0) for n in (1, 2)]
    write_metrics(tmp_path, epochs)
    found = read_run_events(tmp_path)
    assert found.seconds == 4.0
    assert found.peak_bytes == 9
    assert found.best_epoch == 1
    assert list(found.epochs) == epochs
    assert read_parameters(tmp_path) == {"trainable_parameters": 7, "total_parameters": 100}


def test_a_method_without_steps_tells_its_parameters_at_its_end(tmp_path: Path) -> None:
    _write(tmp_path, {"event": "Finished", "result": {"trainable_parameters": 3}})
    found = read_run_events(tmp_path)
    assert (found.seconds, found.peak_bytes) == (0.0, 0)
    assert found.best_epoch is None
    assert read_parameters(tmp_path) == {"trainable_parameters": 3}


def test_an_empty_folder_says_nothing(tmp_path: Path) -> None:
    assert read_run_events(tmp_path).epochs == ()
    assert read_parameters(tmp_path) == {}


def test_edited_metrics_are_refused(tmp_path: Path) -> None:
    (tmp_path / "metrics.csv").write_text("epoch,auc\n1,1.0\n")
    with pytest.raises(ProjectError, match="edited by hand"):
        read_run_events(tmp_path)
