"""Methods on repeated test splits: kept split by split, and summed up with what overlap hides."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from fpt_core.benchmark.accuracy import RESULTS, AccuracyPlan, accuracy
from fpt_core.benchmark.accuracy_table import print_accuracy, summary
from fpt_core.config import TrainingConfig
from fpt_core.errors import DatasetError
from fpt_core.events import Finished, Progress
from fpt_core.jobs.requests import BackboneChoice
from tests.studies import make_study

pytestmark = pytest.mark.usefixtures("no_weights")


def _plan(project: Path, folds_of_test: int = 2) -> AccuracyPlan:
    choice = BackboneChoice("vit_tiny_patch16_224", allow_random=True)
    training = TrainingConfig(epochs=1, search_budget=0)
    return AccuracyPlan((project,), 1, folds_of_test, 64, choice, "cpu", training)


def test_every_method_on_every_split_and_nothing_twice(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    project = make_study(tmp_path, "study", seed=0)
    first = list(accuracy(_plan(project)))
    assert isinstance(first[-1], Finished)
    result: dict[str, Any] = dict(first[-1].result)
    json.dumps(result, allow_nan=False)
    methods = [row["method"] for row in result["projects"]["study"]]
    assert methods[0] == "auto"
    assert {"fpt+", "attentive-probe", "linear-probe both 64 px"} <= set(methods)
    kept = (project / RESULTS).read_text(encoding="utf-8")
    assert len(json.loads(kept)) == 2

    again = list(accuracy(_plan(project)))
    assert isinstance(again[-1], Finished)
    assert again[-1].result == result
    assert (project / RESULTS).read_text(encoding="utf-8") == kept
    measured = [e for e in again if isinstance(e, Progress) and "Searching" in e.stage]
    assert not measured
    print_accuracy(result)
    assert "wins" in capsys.readouterr().out


def test_more_splits_than_patients_of_a_class(tmp_path: Path) -> None:
    project = make_study(tmp_path, "study", seed=0)
    with pytest.raises(DatasetError, match="30 patients; 31 test splits"):
        list(accuracy(_plan(project, 31)))


def test_the_summary_is_paired() -> None:
    splits = [{"auto": 0.9, "fpt+": 0.8}, {"auto": 0.7, "fpt+": 0.6}, {"auto": 0.8, "fpt+": 0.8}]
    ours, rival = summary(splits)
    assert (ours["auc"], ours["difference"], ours["wins"]) == (pytest.approx(0.8), None, None)
    assert rival["difference"] == pytest.approx(0.0667, abs=1e-3)
    assert rival["wins"] == pytest.approx(2.5 / 3)
    low, high = rival["difference_interval"]
    assert low < 0 < rival["difference"] < high, "three overlapping splits prove nothing"
