from __future__ import annotations

import json
from pathlib import Path

import pytest

from fpt_core.dataset.project import Project
from fpt_core.errors import DatasetError, ProjectError
from fpt_core.evaluation.doubtful_labels import (
    as_finding,
    find_doubtful_labels,
    keep_doubtful_labels,
    kept_doubtful_labels,
)
from fpt_core.evaluation.predictions import (
    OUT_OF_FOLD,
    PREDICTIONS,
    Answer,
    Predictions,
    save_predictions,
)
from tests.studies import make_study


def _with_run(folder: Path, split: str) -> tuple[Project, list[int]]:
    """A run that is right and sure of every image but for three, whose labels are flipped."""
    project = Project.open(make_study(folder, "study", seed=0, folds=3))
    images = [i for i in project.images() if i.split != "test"]
    if split == "val":
        images = [image for image in images if image.split == "val"]
    flipped = [image.id for image in images[3:30:9]]
    rows = []
    for place, image in enumerate(images):
        share = 0.9 - 0.002 * place
        right = (share, 1 - share) if image.class_name == "bright" else (1 - share, share)
        name = split if split == OUT_OF_FOLD else image.split
        rows.append(Answer(image.id, image.image_hash, image.class_name, name, place, right))
    run = project.add_run("linear-probe", "tiny", {})
    (project.runs_dir / run).mkdir()
    kept = Predictions(("bright", "dark"), "hash", tuple(rows))
    save_predictions(project.runs_dir / run / PREDICTIONS, kept)
    other = {"bright": "dark", "dark": "bright"}
    for image in images:
        if image.id in flipped:
            project.relabel([image.id], other[image.class_name])
    return project, flipped


@pytest.mark.parametrize(
    ("split", "source"), [(OUT_OF_FOLD, "out-of-fold images"), ("val", "validation images")]
)
def test_flipped_labels_are_found_kept_and_settled(split: str, source: str, tmp_path: Path) -> None:
    project, flipped = _with_run(tmp_path, split)
    [run] = project.runs()
    found = find_doubtful_labels(project, run.id)
    assert sorted(label.image_id for label in found.labels) == sorted(flipped)
    assert found.source == source
    assert found.labels[0].probability < 0.2 < 0.8 < found.labels[0].suggested_probability

    assert kept_doubtful_labels(project) is None
    keep_doubtful_labels(project, found)
    assert kept_doubtful_labels(project) == found
    finding = as_finding(found, project.images())
    assert finding is not None
    assert finding.title == "3 labels look wrong"
    assert source in finding.explanation
    assert finding.groups == tuple((label.image_id,) for label in found.labels)

    project.exclude(flipped[:1])
    for doubt in found.labels:
        if doubt.image_id in flipped[1:]:
            project.relabel([doubt.image_id], doubt.suggested)
    assert as_finding(found, project.images()) is None


def test_clean_labels_are_left_alone(tmp_path: Path) -> None:
    project, flipped = _with_run(tmp_path, OUT_OF_FOLD)
    for _ in flipped:
        project.undo()
    found = find_doubtful_labels(project, project.runs()[0].id)
    assert found.labels == ()
    assert as_finding(found, project.images()) is None


def test_what_cannot_be_doubted_is_said(tmp_path: Path) -> None:
    project, _ = _with_run(tmp_path, OUT_OF_FOLD)
    [run] = project.runs()
    path = project.runs_dir / run.id / PREDICTIONS
    whole = json.loads(path.read_text())
    path.write_text(json.dumps({**whole, "sha256": "0"}))
    with pytest.raises(ProjectError, match="was changed after it was written"):
        find_doubtful_labels(project, run.id)
    save_predictions(path, Predictions(("bright", "dark"), "hash", ()))
    with pytest.raises(DatasetError, match="keeps no answers to validation images"):
        find_doubtful_labels(project, run.id)
