"""`fpt report` and `fpt statement`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from fpt_core.checklists.topics import TOPICS
from fpt_core.cli import main
from fpt_core.dataset.project import Project
from tests.pictures import write_labelled_folders


def run_json(capsys: pytest.CaptureFixture[str], *argv: str) -> dict[str, Any]:
    assert main([*argv, "--json"]) == 0
    result: dict[str, Any] = json.loads(capsys.readouterr().out)
    return result


def test_statements_are_listed_written_and_taken_away(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    project = str(Project.create(tmp_path / "study").path)
    rows = run_json(capsys, "statement", project)["statements"]
    assert [row["topic"] for row in rows] == list(TOPICS)
    assert not any(row["text"] for row in rows)
    [row] = run_json(capsys, "statement", project, "funding", "Nobody paid.")["statements"]
    assert row == {"topic": "funding", "about": TOPICS["funding"], "text": "Nobody paid."}
    assert main(["statement", project, "funding"]) == 0
    assert "Nobody paid." in capsys.readouterr().out
    [row] = run_json(capsys, "statement", project, "funding", "")["statements"]
    assert row["text"] == ""
    with pytest.raises(SystemExit):
        main(["statement", project, "weather", "Fine."])


def test_a_run_is_reported_with_a_picked_example(
    tmp_path: Path, no_weights: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = write_labelled_folders(tmp_path / "images")
    project = tmp_path / "study.fptproject"
    run_json(capsys, "import", str(project), str(source))
    method = ["--method", "linear-probe", "--weights", "random", "--image-size", "32"]
    backbone = ["--backbone", "vit_tiny_patch16_224", "--device", "cpu"]
    run_dir = run_json(capsys, "train", str(project), *method, *backbone)["run_dir"]
    picked = Project.open(project).examples("test")[0].path
    output = tmp_path / "out"
    result = run_json(
        capsys, "report", run_dir, "--output", str(output), "--example", str(picked),
        "--prevalence", "bright=0.1", "--device", "cpu",
    )  # fmt: skip
    assert sum(result["guidelines"]["claim"].values()) == 44
    content = json.loads((output / "report.json").read_text("utf-8"))
    assert len(content["parts"]["examples"]["pictures"]) == 1
    figures = content["parts"]["results"]["by_image"]["by_class"]
    assert "ppv_at_prevalence" in figures["bright"]
    assert main(["report", str(Path(run_dir) / "model.fpt")]) == 0
    assert "of 44 items answered by the program" in capsys.readouterr().out
    assert (Path(run_dir) / "report.html").is_file()
    assert main(["report", run_dir, "--example", str(source / "labels.csv")]) == 1
    assert "labels.csv is no image of study.fptproject" in capsys.readouterr().err
    assert main(["report", str(project)]) == 1
    assert "is no run's folder" in capsys.readouterr().err
