from __future__ import annotations

import dataclasses
import json
import math
from pathlib import Path

import pytest

from fpt_core.errors import ProjectError
from fpt_core.evaluation.predictions import (
    OUT_OF_FOLD,
    PREDICTIONS,
    Answer,
    Predictions,
    load_predictions,
    save_predictions,
)

KEPT = Predictions(
    ("healthy", "sick"),
    "ab",
    (
        Answer(1, "h1", "sick", "test", 0, (0.1234567890123, 0.8765432109877)),
        Answer(2, "h2", "healthy", "test", 1, (0.6, 0.4)),
        Answer(3, "h3", "healthy", "val", 2, (0.7, 0.3)),
    ),
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "run-1" / PREDICTIONS
    save_predictions(path, KEPT)
    return path


def test_comes_back_to_the_last_digit(path: Path) -> None:
    assert load_predictions(path) == KEPT
    sample = load_predictions(path).sample("test")
    assert sample.targets.tolist() == [1, 0]
    assert sample.num_patients == 2


def test_an_answer_that_is_no_number_is_kept_as_such(tmp_path: Path) -> None:
    broken = dataclasses.replace(KEPT.answers[0], probabilities=(math.nan, math.nan))
    save_predictions(tmp_path / PREDICTIONS, dataclasses.replace(KEPT, answers=(broken,)))
    json.loads((tmp_path / PREDICTIONS).read_text(), parse_constant=pytest.fail)
    sample = load_predictions(tmp_path / PREDICTIONS).sample("test")
    assert (len(sample), sample.left_out) == (0, 1)


def test_thresholds_rest_on_validation_or_where_there_are_folds_on_these() -> None:
    sample, source = KEPT.held_out()
    assert (len(sample), source) == (1, "validation images")
    apart = [dataclasses.replace(a, split=OUT_OF_FOLD) for a in KEPT.answers if a.split != "test"]
    sample, source = dataclasses.replace(KEPT, answers=(*KEPT.answers, *apart)).held_out()
    assert (len(sample), source) == (1, "out-of-fold images")
    assert sample.probabilities[0].tolist() == [0.7, 0.3]


@pytest.mark.parametrize("kept", [0, 1, 100, -1])
def test_a_cut_file_is_refused(kept: int, path: Path) -> None:
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(ProjectError, match=r"of the run run-1 is cut off or damaged"):
        load_predictions(path)


def test_an_edited_file_is_refused(path: Path) -> None:
    path.write_text(path.read_text().replace("0.4", "0.9"))
    with pytest.raises(ProjectError, match="was changed after it was written") as refused:
        load_predictions(path)
    assert refused.value.remedy == "Delete it and evaluate the model again."


def test_other_contents_are_refused(path: Path) -> None:
    for text in ("[]", "3", '{"format_version": 1}'):
        path.write_text(text)
        with pytest.raises(ProjectError, match="damaged"):
            load_predictions(path)
    path.write_text(json.dumps({"format_version": 2, "sha256": "", "content": {}}))
    with pytest.raises(ProjectError, match="format version 2"):
        load_predictions(path)


def test_an_absent_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="keeps no predictions"):
        load_predictions(tmp_path / "run-2" / PREDICTIONS)
