"""Verdicts on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fpt_core.cli import main
from fpt_core.dataset.project import Project
from fpt_core.dataset.verdict_table import Verdict


def test_verdicts_are_exported_previewed_and_applied(
    trained: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from tests.studies import make_study

    project = Project.open(make_study(tmp_path, "study", seed=3))
    image = project.images()[0]
    other = next(name for name in project.class_names if name != image.class_name)
    project.keep_verdicts([Verdict(image.image_hash, False, other, reader="Dr. Ito")])
    table = tmp_path / "verdicts.csv"
    assert main(["feedback", str(project.path), "--export", str(table)]) == 0
    project.take_verdict_back(image.image_hash, "Dr. Ito")

    arguments = ["feedback", str(project.path), "--import", str(table)]
    capsys.readouterr()
    assert main(arguments) == 0
    assert "1 labels would change" in capsys.readouterr().out
    assert project.edits() == []
    assert main([*arguments, "--apply", "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert [row["to"] for row in result["changes"]] == [other]
    assert project.edits()[0].reader == "Dr. Ito"
    assert main(["feedback", str(project.path)]) == 0
    assert "1 verdicts" in capsys.readouterr().out


def test_doubtful_labels_are_listed(
    trained: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    path, model = trained
    assert main(["feedback", str(path), "--doubtful", model.parent.name, "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["source"] == "validation images"
    assert result["looked_at"] == len(Project.open(path).images("val"))
    assert all(row["suggested"] != row["label"] for row in result["doubtful"])
