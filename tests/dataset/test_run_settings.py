"""Settings of runs side by side."""

from __future__ import annotations

import csv
from pathlib import Path

from fpt_core.dataset.project import Project
from fpt_core.dataset.run_settings import differences, write_runs


def _settings(**training: object) -> dict[str, object]:
    return {"prepare": {"method": "fpt+"}, "training": {"epochs": 20, **training}}


def test_only_what_differs_is_told(tmp_path: Path) -> None:
    project = Project.create(tmp_path / "study")
    project.add_run("fpt+", "vit", _settings(seed=0))
    project.add_run("fpt+", "vit", _settings(seed=1))
    project.add_run("fpt+", "vit", _settings(seed=1, imbalance="as-is"))
    newest_first = project.runs()
    assert differences(newest_first) == {
        "training.seed": (1, 1, 0),
        "training.imbalance": ("as-is", None, None),
    }
    assert differences(newest_first[:1]) == {}


def test_the_table_says_all_of_every_run(tmp_path: Path) -> None:
    project = Project.create(tmp_path / "study")
    first = project.add_run("fpt+", "vit", _settings(betas=[0.9, 0.999]))
    project.update_run(first, metrics={"test": {"auc": 0.75, "auc_interval": [0.6, 0.9]}})
    project.note_run(first, '=HYPERLINK("x"), the "best"')
    second = project.add_run("linear-probe", "vit", {"prepare": {"method": "linear-probe"}})
    project.rename_run(second, "Probe, grün")
    write_runs(tmp_path / "runs.csv", project.runs())
    with (tmp_path / "runs.csv").open(encoding="utf-8-sig", newline="") as file:
        probe, fpt = csv.DictReader(file)
    assert probe["name"] == "Probe, grün"
    assert probe["training.epochs"] == ""
    assert fpt["note"] == '\'=HYPERLINK("x"), the "best"', "no spreadsheet runs it"
    assert fpt["test.auc"] == "0.75"
    assert fpt["test.auc_interval"] == "0.6 0.9"
    assert fpt["training.betas"] == "0.9 0.999"
    assert fpt["starred"] == "False"
