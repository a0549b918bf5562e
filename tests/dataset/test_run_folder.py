"""What a run's folder tells, also after a kill or an edit by hand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fpt_core.dataset.run_folder import (
    read_json,
    read_metrics,
    read_steps,
    write_json,
    write_metrics,
)
from fpt_core.errors import ProjectError
from fpt_core.events import EpochCompleted, Progress, StepCompleted, to_record

EPOCHS = (
    EpochCompleted(1, 2, 0.7, 0.69, 0.5, True, 1.5, 1e-3, 30.5, 4_000_000),
    EpochCompleted(2, 2, 0.6, None, None, False, 3.0),
)


def _step(number: int, loss: float) -> StepCompleted:
    return StepCompleted(1, number, 9, loss, 1e-3, 10**6, 20.0, 0.5)


def test_epochs_come_back_as_they_were(tmp_path: Path) -> None:
    assert read_metrics(tmp_path) == ()
    write_metrics(tmp_path, EPOCHS)
    assert read_metrics(tmp_path) == EPOCHS
    header = (tmp_path / "metrics.csv").read_text(encoding="utf-8").splitlines()[0]
    assert header.startswith("epoch,epochs,train_loss,val_loss,val_auc,is_best,elapsed_s,")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("epoch,", "Epoch;"),
        ("0.7,", "seven,"),
        ("True", "yes"),
        ("2,2,", ""),
        ("epoch,epochs,", "\x00"),
    ],
)
def test_an_edited_table_is_told(old: str, new: str, tmp_path: Path) -> None:
    write_metrics(tmp_path, EPOCHS)
    text = (tmp_path / "metrics.csv").read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "metrics.csv").write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(ProjectError, match=r"metrics\.csv of run .* was edited by hand"):
        read_metrics(tmp_path)


def test_steps_are_read_once_and_a_cut_line_is_left_out(tmp_path: Path) -> None:
    assert read_steps(tmp_path) == ()
    events = [Progress("Preparing", 1, 2), _step(1, 0.7), _step(2, 0.6), _step(2, 0.5), EPOCHS[0]]
    lines = [json.dumps(to_record(event)) + "\n" for event in events]
    cut = json.dumps(to_record(_step(3, 0.4)))[:-9]
    (tmp_path / "events.jsonl").write_text("".join(lines) + cut, encoding="utf-8")
    assert read_steps(tmp_path) == (_step(1, 0.7), _step(2, 0.5))


def test_edited_events_are_told(tmp_path: Path) -> None:
    (tmp_path / "events.jsonl").write_text('{"event": "StepCompleted", "step": 1}\n', "utf-8")
    with pytest.raises(ProjectError, match="was edited by hand"):
        read_steps(tmp_path)


@pytest.mark.parametrize("text", ["", "[1]", "{'a': 1}", "{"])
def test_edited_settings_are_told(text: str, tmp_path: Path) -> None:
    write_json(tmp_path / "config.json", {"a": 1})
    assert read_json(tmp_path / "config.json") == {"a": 1}
    (tmp_path / "config.json").write_text(text, encoding="utf-8")
    with pytest.raises(ProjectError, match=r"config\.json of run"):
        read_json(tmp_path / "config.json")
