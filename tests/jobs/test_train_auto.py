"""The recommended method: cross-fitted, chosen out of fold, honest about what it shows."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fpt_core.auto.side_training import SEARCHING
from fpt_core.bundle import load_bundle
from fpt_core.config import TrainingConfig
from fpt_core.dataset.project import Project
from fpt_core.evaluation.predictions import OUT_OF_FOLD, PREDICTIONS, load_predictions
from fpt_core.events import (
    EpochCompleted,
    Event,
    Finished,
    Progress,
    RunStarted,
    StepCompleted,
    Warned,
)
from fpt_core.jobs.requests import (
    BackboneChoice,
    ImportRequest,
    PrepareRequest,
    TrainRequest,
)
from fpt_core.jobs.run import run
from fpt_core.model_card import load_card
from fpt_core.predictor import load_model
from tests.pictures import write_image, write_labelled_folders
from tests.studies import finished, make_study

pytestmark = pytest.mark.usefixtures("no_weights")

QUICK = TrainingConfig(epochs=1, batch_size=16, search_budget=0)


def _request(project: Path, training: TrainingConfig = QUICK, **changes: Any) -> TrainRequest:
    choice = BackboneChoice("vit_tiny_patch16_224", allow_random=True)
    prepare = PrepareRequest(project, "auto", choice, image_size=64, device="cpu")
    return TrainRequest(prepare, training, **changes)


@pytest.fixture(scope="module")
def trained_once(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Event]]:
    """A project of 40 patients beside the test's, and the events of its run."""
    project = make_study(tmp_path_factory.mktemp("auto"), "study", seed=0)
    return project, list(run(_request(project)))


def _model(trained_once: tuple[Path, list[Event]]) -> Path:
    last = trained_once[1][-1]
    assert isinstance(last, Finished)
    return Path(last.result["model"])


def _warnings(events: list[Event]) -> str:
    return " ".join(event.message for event in events if isinstance(event, Warned))


def test_the_whole_way(trained_once: tuple[Path, list[Event]]) -> None:
    _, events = trained_once
    [started] = [event for event in events if isinstance(event, RunStarted)]
    steps = [event for event in events if isinstance(event, StepCompleted)]
    assert [step.step for step in steps] == list(range(1, started.total_steps + 1))
    assert all(e.val_auc is not None for e in events if isinstance(e, EpochCompleted))
    assert isinstance(events[-1], Finished)
    result = dict(events[-1].result)
    json.dumps(result, allow_nan=False)

    card = load_card(Path(result["model"]))
    assert card.cross_fit is not None
    assert (card.cross_fit.folds, card.cross_fit.members) == (5, 5)
    assert (card.cross_fit.images, card.cross_fit.patients) == (80, 40)
    assert sum(card.cross_fit.shares.values()) == pytest.approx(1)
    assert card.cross_fit.curve is not None
    figures = result["metrics"][OUT_OF_FOLD]
    assert figures["images"] == 80
    assert figures["auc_interval"] is not None
    assert result["metrics"]["test"]["images"] == 40
    assert card.calibration is not None
    assert card.calibration.source == "out-of-fold images"


def test_validation_images_are_answered_by_who_did_not_learn_from_them(
    trained_once: tuple[Path, list[Event]],
) -> None:
    kept = load_predictions(_model(trained_once).parent / PREDICTIONS)
    apart = {a.image_id: a.probabilities for a in kept.answers if a.split == OUT_OF_FOLD}
    val = [a for a in kept.answers if a.split == "val"]
    assert len(val) == 40
    assert all(answer.probabilities == apart[answer.image_id] for answer in val)


def test_its_file_answers_as_the_run_did_and_explains(
    trained_once: tuple[Path, list[Event]],
) -> None:
    project, path = trained_once[0], _model(trained_once)
    kept = load_predictions(path.parent / PREDICTIONS)
    answered = {a.image_id: a.probabilities for a in kept.answers if a.split == "test"}
    image = Project.open(project).images("test")[0]
    model = load_model(path, device="cpu")
    answer = model.predict(image.path, explain=True)
    # Training read the tokens in half precision.
    assert answer.uncalibrated == pytest.approx(answered[image.id], abs=0.01)
    assert model.predict(image.path).probabilities == answer.probabilities
    assert len(answer.evidence) == 2
    assert answer.read is not None


def test_the_same_seed_gives_the_same_weights_and_a_stopped_run_too(tmp_path: Path) -> None:
    source = write_labelled_folders(tmp_path / "images", per_class=10)
    finished(ImportRequest(tmp_path / "study", source / "labels.csv"))
    project = tmp_path / "study.fptproject"
    training = TrainingConfig(epochs=1, batch_size=4, search_budget=8)
    first = finished(_request(project, training))
    _stop(_request(project, training), lambda e: isinstance(e, Progress) and e.stage == SEARCHING)
    [stopped] = [each for each in Project.open(project).runs() if each.status == "stopped"]
    goes_on = _request(project, training, resume=stopped.id)
    _stop(goes_on, lambda event: isinstance(event, StepCompleted))
    again = finished(goes_on)
    one, two = (load_bundle(Path(found["model"])).state for found in (first, again))
    assert one.keys() == two.keys()
    assert all((one[key] == two[key]).all() for key in one)
    tried = load_card(Path(first["model"])).cross_fit
    assert tried is not None
    assert sum("side network," in each.what for each in tried.tried) >= 4


def _stop(request: TrainRequest, where: Callable[[Event], bool]) -> None:
    """Stop a run at the third such event."""
    job = run(request)
    list(itertools.islice(filter(where, job), 3))
    job.close()


def test_twenty_classes_one_of_them_rare(tmp_path: Path) -> None:
    classes = tuple(f"grade {number:02d}" for number in range(20))
    folder, rows = tmp_path / "images", ["file,label,patient_id"]
    for number, name in enumerate(classes):
        for image in range(1 if number == 7 else 5):
            path = write_image(folder / f"{name}-{image}.png", 100 * number + image, 9 * number)
            rows.append(f"{path.name},{name},P{number}-{image}")
    (folder / "labels.csv").write_text("\n".join(rows), encoding="utf-8")
    finished(ImportRequest(tmp_path / "study", folder / "labels.csv", test_share=0.25))
    events = list(run(_request(tmp_path / "study.fptproject")))
    assert "'grade 07' are of one patient" in _warnings(events)
    assert isinstance(events[-1], Finished)
    assert events[-1].result["metrics"][OUT_OF_FOLD]["auc"] > 0.5


def test_too_few_patients_to_hold_any_out(tmp_path: Path) -> None:
    source = write_labelled_folders(tmp_path / "images", per_class=4)
    table = source / "labels.csv"
    rows = [row.rsplit(",", 1)[0] for row in table.read_text(encoding="utf-8").splitlines()]
    people = ["patient_id", *(f"P-{row.split(',')[1]}" for row in rows[1:])]
    table.write_text("\n".join(map(",".join, zip(rows, people, strict=True))), encoding="utf-8")
    finished(ImportRequest(tmp_path / "study", table, val_share=0, test_share=0))
    events = list(run(_request(tmp_path / "study.fptproject")))
    assert "nothing can be held out" in _warnings(events)
    assert isinstance(events[-1], Finished)
    card = load_card(Path(events[-1].result["model"]))
    assert card.cross_fit is not None
    assert card.cross_fit.members == 1
    assert OUT_OF_FOLD not in events[-1].result["metrics"]


def test_a_model_that_knows_nothing_is_told_to_know_nothing(tmp_path: Path) -> None:
    rows = ["file,label,patient_id"]
    for number in range(60):
        path = write_image(tmp_path / "images" / f"{number}.png", number, 100)
        rows.append(f"{path.name},{('a', 'b')[number % 2]},P{number}")
    table = tmp_path / "images" / "labels.csv"
    table.write_text("\n".join(rows), encoding="utf-8")
    finished(ImportRequest(tmp_path / "study", table))
    told = _warnings(list(run(_request(tmp_path / "study.fptproject"))))
    assert "has not been shown to work" in told
