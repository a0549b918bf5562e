from __future__ import annotations

from pathlib import Path

import pytest

from fpt_core.errors import DatasetError, ProjectError
from fpt_core.evaluation.predictions import PREDICTIONS
from fpt_core.jobs.requests import CompareRequest, ImportRequest
from tests.jobs.test_evaluate import finished, train
from tests.pictures import write_labelled_folders

pytestmark = pytest.mark.usefixtures("no_weights")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    source = write_labelled_folders(tmp_path / "images", per_class=40)
    finished(ImportRequest(tmp_path / "study", source / "labels.csv", test_share=0.6))
    return tmp_path / "study.fptproject"


def test_runs_are_compared_on_the_same_patients(project: Path) -> None:
    first, second = (train(project, size)["run"] for size in (64, 32))
    result = finished(CompareRequest(project, (first, second, first)))
    assert [row["figure"] for row in result["comparisons"]] == ["auc", "accuracy", "log_loss"]
    assert {(row["first"], row["second"]) for row in result["comparisons"]} == {(first, second)}
    assert result["patients"] == result["images"] / 2
    assert result["notes"] == []
    for row in result["comparisons"]:
        assert 0 < row["p_bootstrap"] <= 1


def test_what_cannot_be_compared_is_told(project: Path) -> None:
    first, second = (train(project, size) for size in (64, 32))
    with pytest.raises(DatasetError, match="needs two models"):
        finished(CompareRequest(project, (first["run"],)))
    with pytest.raises(ProjectError, match="has no run 'none'"):
        finished(CompareRequest(project, (first["run"], "none")))
    kept = Path(second["run_dir"]) / PREDICTIONS
    kept.write_text(kept.read_text().replace("0.9", "0.1"))
    with pytest.raises(ProjectError, match="was changed after"):
        finished(CompareRequest(project, (first["run"], second["run"])))
    kept.unlink()
    with pytest.raises(ProjectError, match="keeps no predictions"):
        finished(CompareRequest(project, (first["run"], second["run"])))
