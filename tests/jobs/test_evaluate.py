"""Evaluation of real runs of a tiny probe: kept predictions, other projects, recalibration."""

from __future__ import annotations

import dataclasses
import math
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from fpt_core.bundle import Bundle, load_bundle, save_bundle
from fpt_core.dataset.project import Project
from fpt_core.errors import BundleError, ConfigError, DatasetError
from fpt_core.evaluation.predictions import (
    OUT_OF_FOLD,
    PREDICTIONS,
    Answer,
    load_predictions,
    save_predictions,
)
from fpt_core.evaluation.probabilities import log_loss
from fpt_core.evaluation.sample import Sample
from fpt_core.events import Answered, ClassesDiffer, Finished, Progress, Warned
from fpt_core.jobs.requests import (
    LEFT_OUT,
    EvaluateRequest,
)
from fpt_core.jobs.run import run
from fpt_core.model_card import load_card
from fpt_core.predictor import load_model
from tests.studies import finished, make_study, train

ARCHITECTURE = "vit_tiny_patch16_224"


@pytest.fixture
def copied(trained: tuple[Path, Path], tmp_path: Path) -> tuple[Path, Path]:
    """The same, free to be changed."""
    project, model = trained
    for folder in (project, project.with_suffix("")):
        shutil.copytree(folder, tmp_path / folder.name)
    return tmp_path / project.name, tmp_path / project.name / model.relative_to(project)


@pytest.fixture
def forbid_answering(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Fails where an image is answered again."""

    def forbidden(*_: object) -> None:
        pytest.fail("the image was answered again")

    return lambda: monkeypatch.setattr("fpt_core.jobs.answers.warm_model", forbidden)


def test_a_run_keeps_its_predictions_and_names_nobody(trained: tuple[Path, Path]) -> None:
    path, model = trained
    project = Project.open(path)
    kept = load_predictions(model.parent / PREDICTIONS)
    assert {(a.image_id, a.image_hash, a.split) for a in kept.answers} == {
        (image.id, image.image_hash, image.split) for image in project.images()
    }
    text = (model.parent / PREDICTIONS).read_text()
    for image in project.images():
        assert image.patient is not None
        assert image.patient not in text
        assert image.path.name not in text


def test_a_runs_model_is_calibrated_on_its_validation_images(trained: tuple[Path, Path]) -> None:
    path, model = trained
    card = load_card(model)
    val = Project.open(path).images("val")
    assert card.calibration is not None
    assert card.calibration.images == len(val)
    assert card.profile is not None
    assert card.profile.images == len(Project.open(path).images("train"))
    assert {(p.class_name, p.rule) for p in card.operating_points} == {
        (name, rule)
        for name in ("bright", "dark")
        for rule in ("youden", "sensitivity=0.95", "specificity=0.95")
    }
    assert {p.images for p in card.operating_points} == {len(val)}


def test_the_predictor_gives_calibrated_answers(trained: tuple[Path, Path]) -> None:
    path, model = trained
    predictor = load_model(model, device="cpu")
    calibration = load_card(model).calibration
    assert calibration is not None
    kept = {a.image_hash: a for a in load_predictions(model.parent / PREDICTIONS).answers}
    for image in Project.open(path).images("test")[:3]:
        answer = predictor.predict(image.path)
        assert answer.uncalibrated == pytest.approx(kept[image.image_hash].probabilities, abs=1e-5)
        odds = [p**calibration.slope for p in answer.uncalibrated]
        assert answer.probabilities == pytest.approx([o / sum(odds) for o in odds])


def test_a_run_is_evaluated_from_what_it_kept(
    trained: tuple[Path, Path], forbid_answering: Callable[[], None]
) -> None:
    path, model = trained
    forbid_answering()
    result = finished(EvaluateRequest(model, path))
    assert result["metrics"]["test"] == load_card(model).metrics["test"]
    by_image, by_patient = result["by_image"], result["by_patient"]
    assert by_image["images"] == len(Project.open(path).images("test"))
    assert by_patient["images"] == by_image["patients"] < by_image["images"]
    assert by_image["macro"]["auc"]["interval"] is not None
    assert result["drift"] == []
    assert result["notes"] == []


def test_what_is_asked_for_is_measured(
    trained: tuple[Path, Path], forbid_answering: Callable[[], None]
) -> None:
    path, model = trained
    forbid_answering()
    result = finished(
        EvaluateRequest(
            model,
            path,
            by=("eye",),
            subgroups=("site", "format"),
            operating_points=("cost=5",),
            prevalence=(("bright", 0.1),),
            order=("dark", "bright"),
        )
    )
    eyes = result["by"]["eye"]["images"]
    assert result["by_patient"]["images"] < eyes <= result["by_image"]["images"]
    assert [group["value"] for group in result["subgroups"]["site"]] == ["A", "B"]
    assert "quadratic_kappa" in result["by_image"]["overall"]
    points = {point["class_name"]: point for point in result["operating_points"]}
    assert set(points) == {"bright", "dark"}
    assert points["bright"]["prevalence"] == 0.1
    people = points["bright"]["of_1000_people"]
    assert people["found"] + people["missed"] == 100
    assert sum(people.values()) == 1000
    assert points["bright"]["source"] == "validation images"


@pytest.mark.parametrize("harm", ["edited", "cut"])
def test_a_harmed_prediction_file_is_told_and_not_used(
    harm: str, copied: tuple[Path, Path]
) -> None:
    path, model = copied
    file = model.parent / PREDICTIONS
    text = file.read_text()
    file.write_text(text.replace('"test"', '"val"') if harm == "edited" else text[:-100])
    events = list(run(EvaluateRequest(model, path, device="cpu")))
    [warning] = [event for event in events if isinstance(event, Warned)]
    assert "not to be trusted" in warning.message
    assert any(isinstance(event, Progress) for event in events), "answered again"
    last = events[-1]
    assert isinstance(last, Finished)
    expected = load_card(model).metrics["test"]["auc"]
    assert last.result["metrics"]["test"]["auc"] == pytest.approx(expected, abs=1e-6)


def test_predictions_of_another_training_are_not_taken(copied: tuple[Path, Path]) -> None:
    path, model = copied
    bundle = load_bundle(model)
    other = {key: tensor * 1.5 for key, tensor in bundle.state.items()}
    save_bundle(model, Bundle(bundle.card, other))
    events = list(run(EvaluateRequest(model, path, device="cpu")))
    assert any(isinstance(event, Progress) for event in events)


def test_figures_on_training_images_are_told_to_flatter(trained: tuple[Path, Path]) -> None:
    path, model = trained
    for split, words in (("all", "Training images"), ("val", "were chosen on these")):
        [note] = finished(EvaluateRequest(model, path, split=split))["notes"]
        assert words in note
        assert "flatter" in note


def test_the_answers_are_told_before_the_figures(trained: tuple[Path, Path]) -> None:
    path, model = trained
    events = list(run(EvaluateRequest(model, path)))
    [answers] = [event for event in events if isinstance(event, Answered)]
    kept = load_predictions(model.parent / PREDICTIONS)
    calibration = load_card(model).calibration
    assert calibration is not None
    for table, split in ((answers.measured, "test"), (answers.chosen_on, "val")):
        assert table is not None
        sample = kept.sample(split)
        assert np.allclose(table.uncalibrated, sample.probabilities)
        assert np.allclose(table.probabilities, calibration.apply(sample.probabilities))
        assert table.targets == tuple(sample.targets)
        assert len(set(table.patients)) == sample.num_patients
    assert answers.chosen_on_source == "validation images"


def test_where_there_are_folds_calibration_rests_on_them(
    tmp_path: Path, no_weights: Path, forbid_answering: Callable[[], None]
) -> None:
    path = make_study(tmp_path, "folded", seed=0, folds=4)
    model = Path(train(path)["model"])
    calibration = load_card(model).calibration
    assert calibration is not None
    assert str(calibration) == "temperature on 80 out-of-fold images of 40 patients"
    kept = load_predictions(model.parent / PREDICTIONS)
    apart, source = kept.held_out()
    of_hash = {a.image_hash: a for a in kept.answers if a.split != OUT_OF_FOLD}
    answers = [a for a in kept.answers if a.split == OUT_OF_FOLD]
    learnt = [a for a in answers if of_hash[a.image_hash].split == "train"]
    assert len(learnt) == 40
    assert all(a.probabilities != of_hash[a.image_hash].probabilities for a in learnt)
    assert _loss(kept.sample("train")) < _loss(apart), "what was learnt from flatters"
    forbid_answering()
    result = finished(EvaluateRequest(model, path, operating_points=("cost=5",)))
    assert result["metrics"]["test"] == load_card(model).metrics["test"]
    assert {point["source"] for point in result["operating_points"]} == {source}


def _loss(sample: Sample) -> float:
    return float(log_loss(sample, np.ones((1, len(sample))))[0])


# --- answers that are no good ---------------------------------------------------------


def _with_answers(model: Path, change: Callable[[Answer], Answer]) -> None:
    """Rewrite what the run keeps, as a run of such a model would have."""
    file = model.parent / PREDICTIONS
    kept = load_predictions(file)
    save_predictions(
        file, dataclasses.replace(kept, answers=tuple(change(a) for a in kept.answers))
    )


def test_answers_that_are_no_numbers_are_left_out_and_told(
    copied: tuple[Path, Path], forbid_answering: Callable[[], None]
) -> None:
    path, model = copied
    first = Project.open(path).images("test")[0].image_hash
    nothing = (math.nan, math.nan)
    _with_answers(
        model,
        lambda a: dataclasses.replace(a, probabilities=nothing) if a.image_hash == first else a,
    )
    forbid_answering()
    result = finished(EvaluateRequest(model, path))
    assert "1 images are left out: the model's answer is no number." in result["notes"]
    assert result["by_image"]["images"] == 39
    assert result["by_image"]["macro"]["auc"]["interval"] is not None


def test_probabilities_all_alike_are_told_and_the_rest_still_comes(
    copied: tuple[Path, Path], forbid_answering: Callable[[], None]
) -> None:
    path, model = copied
    _with_answers(model, lambda a: dataclasses.replace(a, probabilities=(0.5, 0.5)))
    forbid_answering()
    result = finished(EvaluateRequest(model, path, subgroups=("site",)))
    dark = result["by_image"]["by_class"]["dark"]
    assert (dark["auc"]["value"], dark["auc"]["interval"]) == (0.5, None)
    assert "all alike" in dark["calibration_slope"]["note"]
    assert dark["brier"]["value"] == 0.25
    assert len(result["subgroups"]["site"]) == 2


def test_three_patients_are_measured_without_intervals(
    trained: tuple[Path, Path], tmp_path: Path, no_weights: Path
) -> None:
    _, model = trained
    other = make_study(tmp_path, "few", seed=3)
    project = Project.open(other)
    test = project.images("test")
    three = sorted({image.patient for image in test if image.patient})[:3]
    project.move([i.id for i in test if i.patient not in three], "train")
    result = finished(EvaluateRequest(model, other, device="cpu", subgroups=("site",)))
    assert result["by_patient"]["patients"] == 3
    accuracy = result["by_patient"]["overall"]["accuracy"]
    assert accuracy["value"] is not None
    assert accuracy["interval"] is None
    assert accuracy["note"] == "Too few for an interval: 3 patients in all, 10 are needed."


# --- other projects ------------------------------------------------------------------


def test_another_project_is_mapped_measured_and_its_drift_told(
    trained: tuple[Path, Path], tmp_path: Path, no_weights: Path
) -> None:
    _, model = trained
    other = make_study(tmp_path, "other", seed=3, classes="black bright")
    with pytest.raises(DatasetError, match="does not know: black") as refused:
        finished(EvaluateRequest(model, other))
    assert "--map 'black=" in refused.value.remedy
    mapping = (("black", "dark"),)
    request = EvaluateRequest(model, other, class_map=mapping, device="cpu")
    result = finished(request)
    assert result["classes"] == ["bright", "dark"]
    assert result["by_image"]["images"] == len(Project.open(other).images("test"))
    assert "recalibrated" not in result
    assert result["drift"] == []
    assert result["own"] is False
    elsewhere = shutil.copy(model, tmp_path / "model.fpt")
    asked = dataclasses.replace(request, model=Path(elsewhere), operating_points=("cost=2",))
    with pytest.raises(ConfigError, match="its validation images are not here"):
        finished(asked)


def test_a_class_that_the_model_never_saw_can_be_left_out(
    trained: tuple[Path, Path], tmp_path: Path, no_weights: Path
) -> None:
    _, model = trained
    other = make_study(tmp_path, "other", seed=3, classes="strange bright")
    with pytest.raises(DatasetError, match="does not know: strange") as refused:
        finished(EvaluateRequest(model, other))
    assert "--map 'strange=-' leaves its images out" in refused.value.remedy
    told = next(iter(run(EvaluateRequest(model, other))))
    assert told == ClassesDiffer(("strange",), ("bright", "dark"))
    request = EvaluateRequest(model, other, class_map=(("strange", LEFT_OUT),), device="cpu")
    result = finished(request)
    assert (
        "20 images of class 'strange' are left out, as asked: the model does not know it."
        in (result["notes"])
    )
    assert result["by_image"]["images"] == 20
    assert result["by_image"]["macro"]["auc"]["value"] is None, "one class alone is left"
    nothing = EvaluateRequest(
        model, other, class_map=(("strange", LEFT_OUT), ("bright", LEFT_OUT)), device="cpu"
    )
    with pytest.raises(DatasetError, match="Every image of the split 'test' is left out"):
        finished(nothing)


def test_recalibration_writes_another_model_file(
    trained: tuple[Path, Path], tmp_path: Path, no_weights: Path
) -> None:
    _, model = trained
    other = make_study(tmp_path, "other", seed=3)
    before = model.read_bytes()
    target = tmp_path / "recalibrated.fpt"
    request = EvaluateRequest(model, other, device="cpu", recalibrate=target)
    result = finished(request)
    assert model.read_bytes() == before
    changed = load_card(target)
    assert changed.calibration is not None
    assert changed.calibration.method == "platt"
    assert changed.calibration.source == "validation images of another project"
    again = finished(EvaluateRequest(target, other, device="cpu"))
    assert again["metrics"] == result["recalibrated"]["metrics"]
    with pytest.raises(BundleError, match="exists already"):
        finished(request)
    asked = dataclasses.replace(request, split="val", recalibrate=tmp_path / "free.fpt")
    with pytest.raises(ConfigError, match="cannot be measured"):
        finished(asked)


def test_wrong_questions_are_told(trained: tuple[Path, Path]) -> None:
    path, model = trained
    with pytest.raises(ConfigError, match="No column 'ward' was kept") as refused:
        finished(EvaluateRequest(model, path, subgroups=("ward",)))
    assert "eye, site, manufacturer" in refused.value.remedy
    with pytest.raises(ConfigError, match="no rule 'best'"):
        finished(EvaluateRequest(model, path, operating_points=("best",)))
    with pytest.raises(DatasetError, match="does not know: grey"):
        finished(EvaluateRequest(model, path, class_map=(("dark", "grey"),)))
    with pytest.raises(ConfigError, match="no class 'grey'"):
        finished(EvaluateRequest(model, path, prevalence=(("grey", 0.5),)))


def test_a_split_of_one_class_and_unknown_patients_are_told(
    trained: tuple[Path, Path], tmp_path: Path, no_weights: Path
) -> None:
    _, model = trained
    other = make_study(tmp_path, "one", seed=3, classes="bright bright", known=False)
    result = finished(EvaluateRequest(model, other, device="cpu"))
    assert result["notes"] == [
        "Patients are unknown: images without one count as patients of their own.",
        "There is no image of class dark.",
    ]
    assert result["by_image"]["macro"]["auc"]["value"] is None
    assert result["by_image"]["overall"]["accuracy"]["interval"] is not None
