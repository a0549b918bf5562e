"""Runs, their queue and their estimates on the command line."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Any

import pytest

from fpt_core.cli import main
from fpt_core.dataset.project import Project
from fpt_core.jobs import measurements
from tests.pictures import write_labelled_folders

pytestmark = pytest.mark.usefixtures("no_weights")
_TINY = ("--weights", "random", "--image-size", "64", "--epochs", "1", "--batch-size", "4")


def _json(capsys: pytest.CaptureFixture[str], *arguments: object) -> dict[str, Any]:
    capsys.readouterr()
    assert main([*map(str, arguments), "--json"]) == 0
    result: dict[str, Any] = json.loads(capsys.readouterr().out)
    return result


def _shown(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    capsys.readouterr()
    assert main([*map(str, arguments)]) == 0
    return capsys.readouterr().out


@pytest.fixture
def project(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    source = write_labelled_folders(tmp_path / "images")
    return Path(_json(capsys, "import", tmp_path / "study", source / "labels.csv")["project"])


def test_a_queue_is_filled_reordered_and_run(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "Nothing waits" in _shown(capsys, "queue", project)
    numbers = [
        _json(capsys, "train", project, *_TINY, "--seed", seed, "--enqueue")["queued"]
        for seed in (0, 1, 2)
    ]
    waiting = _json(capsys, "queue", project, "--move", numbers[2], 1)["waiting"]
    assert [entry["settings"]["training"]["seed"] for entry in waiting] == [2, 0, 1]
    shown = _shown(capsys, "queue", project, "--remove", numbers[0])
    assert len(shown.splitlines()) == 2
    assert "auto, 1 epochs" in shown
    result = _json(capsys, "queue", project, "--run")
    assert (len(result["runs"]), result["failed"], result["left"]) == (2, [], 0)


def test_runs_are_named_starred_deleted_restored_and_exported(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = _json(capsys, "train", project, *_TINY)["run"]
    second = _json(capsys, "train", project, "--from-run", first)["run"]
    shown = _shown(capsys, "runs", project, "--rename", first, "Baseline")
    assert "Baseline" in shown
    assert "* " + first in _shown(capsys, "runs", project, "--star", first)
    assert "before lunch" in _shown(capsys, "runs", project, "--note", first, "before lunch")
    left = _json(capsys, "runs", project, "--trash", second)["runs"]
    assert [run["run"] for run in left] == [first]
    assert _json(capsys, "runs", project, "--trashed")["runs"][0]["run"] == second
    assert len(_json(capsys, "runs", project, "--restore", second)["runs"]) == 2
    different = _json(capsys, "runs", project, "--differences", first, second)
    assert different["differences"] == {}
    table = tmp_path / "runs.csv"
    _json(capsys, "runs", project, "--csv", table)
    with table.open(encoding="utf-8-sig", newline="") as file:
        assert {row["name"] for row in csv.DictReader(file)} == {"Baseline", second}
    assert Project.open(project).test_looks()[-1][1] == "list of 2 runs"


def test_an_estimate_is_shown(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: Any
) -> None:
    monkeypatch.setattr(measurements, "measurements_file", lambda: tmp_path / "kept.json")
    shown = _shown(capsys, "estimate", project, *_TINY)
    assert "24 images of 64 px on vit_tiny_patch16_224, batch 4, 1 epochs" in shown
    assert "\nauto" in shown
    assert "does not fit" not in shown

    # What was measured serves the queue, and a run of the same settings.
    _json(capsys, "train", project, *_TINY, "--enqueue")
    waits = _shown(capsys, "queue", project, "--estimate")
    assert re.search(r"auto, 1 epochs, about \d+ s, \d+ MB of memory\nAbout \d+ s in all", waits)
    [entry] = _json(capsys, "queue", project)["waiting"]
    run = Project.open(project).add_run("auto", "vit", entry["settings"])
    again = _json(capsys, "estimate", project, "--from-run", run)
    assert (again["chosen"]["method"], again["image_size"], again["kept"]) == ("auto", 64, True)
