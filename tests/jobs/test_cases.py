"""A model's answers image by image, on a real probe."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from fpt_core.dataset.project import Project
from fpt_core.errors import DatasetError
from fpt_core.evaluation.predictions import OUT_OF_FOLD, PREDICTIONS
from fpt_core.events import Answered, Warned
from fpt_core.jobs.requests import CasesRequest
from fpt_core.jobs.run import run
from tests.studies import finished, make_study, train

pytestmark = pytest.mark.usefixtures("no_weights")


def _answered(request: CasesRequest) -> Answered:
    [told] = [event for event in run(request) if isinstance(event, Answered)]
    return told


@pytest.mark.parametrize(("split", "looks"), [("val", 0), ("test", 1)])
def test_every_image_is_told_with_its_answer_and_a_look_at_test_images_counts(
    split: str, looks: int, trained: tuple[Path, Path]
) -> None:
    path, model = trained
    project = Project.open(path)
    before = len(project.test_looks())
    told = _answered(CasesRequest(model, path, split))
    images = {image.id: image for image in project.images(split)}
    assert set(told.measured.image_ids) == set(images)
    assert [told.class_names[t] for t in told.measured.targets] == [
        images[number].class_name for number in told.measured.image_ids
    ]
    assert all(sum(row) == pytest.approx(1) for row in told.measured.probabilities)
    assert len(project.test_looks()) == before + looks


def test_answers_out_of_fold_are_told_where_there_are_any(
    tmp_path: Path, trained: tuple[Path, Path]
) -> None:
    path = make_study(tmp_path, "folded", seed=2, folds=3)
    model = Path(train(path)["model"])
    project = Project.open(path)
    told = _answered(CasesRequest(model, path, OUT_OF_FOLD))
    assert set(told.measured.image_ids) == {i.id for i in project.images() if i.split != "test"}
    looks = len(project.test_looks())
    result = finished(CasesRequest(model, path, OUT_OF_FOLD))
    assert result["images"] == len(told.measured.image_ids)
    assert len(project.test_looks()) == looks
    with pytest.raises(DatasetError, match="keeps no answers out of fold"):
        list(run(CasesRequest(trained[1], trained[0], OUT_OF_FOLD)))


def test_an_edited_prediction_file_is_told_and_a_missing_image_left_out(
    tmp_path: Path, trained: tuple[Path, Path]
) -> None:
    for folder in (trained[0], trained[0].with_suffix("")):
        shutil.copytree(folder, tmp_path / folder.name)
    path = tmp_path / trained[0].name
    model = path / trained[1].relative_to(trained[0])
    kept = model.parent / PREDICTIONS
    kept.write_text(json.dumps({**json.loads(kept.read_text()), "sha256": "0"}))
    gone = Project.open(path).images("val")[0]
    gone.path.unlink()
    events = list(run(CasesRequest(model, path, "val")))
    warnings = [event.message for event in events if isinstance(event, Warned)]
    assert "was changed after it was written" in warnings[0]
    assert "left out" in warnings[1]
    [told] = [event for event in events if isinstance(event, Answered)]
    assert gone.id not in told.measured.image_ids
    assert len(told.measured.image_ids) == len(Project.open(path).images("val")) - 1


def test_a_model_of_other_classes_is_told(tmp_path: Path, trained: tuple[Path, Path]) -> None:
    other = make_study(tmp_path, "other", seed=1, classes="ill healthy")
    with pytest.raises(DatasetError, match="classes that the model does not know"):
        list(run(CasesRequest(trained[1], other, "val")))
