"""Prepare, train, evaluate and predict on tiny pictures with a small random backbone."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pytest
import torch
from PIL import Image

from fpt_core.bundle import load_bundle
from fpt_core.config import TrainingConfig
from fpt_core.dataset.project import Project
from fpt_core.errors import BundleError, ConfigError, DatasetError, ProjectError, WeightsError
from fpt_core.evaluation.predictions import PREDICTIONS, load_predictions
from fpt_core.events import (
    EpochCompleted,
    Event,
    Finished,
    Predicted,
    PredictionFailed,
    Progress,
    RunStarted,
    StepCompleted,
    Warned,
)
from fpt_core.jobs.requests import (
    BackboneChoice,
    EvaluateRequest,
    ImportRequest,
    PredictRequest,
    PrepareRequest,
    Request,
    TrainRequest,
)
from fpt_core.jobs.run import run
from fpt_core.model_card import load_card
from fpt_core.predictor import load_model
from tests.pictures import write_image, write_labelled_folders

ARCHITECTURE = "vit_tiny_patch16_224"
TRAINING = TrainingConfig(epochs=2, batch_size=4)

pytestmark = pytest.mark.usefixtures("no_weights")

Kind = TypeVar("Kind")


def _of(kind: type[Kind], events: Sequence[object]) -> list[Kind]:
    return [event for event in events if isinstance(event, kind)]


def _result(request: Request) -> dict[str, Any]:
    events = list(run(request))
    assert isinstance(events[-1], Finished)
    assert len(_of(Finished, events)) == 1
    json.dumps(dict(events[-1].result), allow_nan=False)
    return dict(events[-1].result)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    source = write_labelled_folders(tmp_path / "images", per_class=10)
    _result(ImportRequest(tmp_path / "study", source / "labels.csv"))
    return tmp_path / "study.fptproject"


def _prepare(project: Path, method: str = "fpt+") -> PrepareRequest:
    choice = BackboneChoice(ARCHITECTURE, allow_random=True)
    return PrepareRequest(project, method, choice, image_size=64, device="cpu")


@pytest.mark.parametrize("method", ["fpt+", "fpt"])
def test_the_whole_way(method: str, project: Path, tmp_path: Path) -> None:
    prepared = _result(_prepare(project, method))
    store = Path(prepared["store"])
    assert sum(shard.stat().st_size for shard in store.glob("*.bin")) == prepared["store_bytes"]
    assert prepared["images"] == 20

    events = list(run(TrainRequest(_prepare(project, method), TRAINING)))
    [started] = _of(RunStarted, events)
    assert started.class_names == ("bright", "dark")
    assert not started.pretrained
    assert len(_of(StepCompleted, events)) == started.total_steps
    assert [event.epoch for event in _of(EpochCompleted, events)] == [1, 2]
    assert not [e for e in _of(Progress, events) if e.stage == "Preparing images" and not e.done]
    result = dict(_of(Finished, events)[0].result)
    [record] = Project.open(project).runs()
    assert record.status == "finished"
    assert record.model_path == Path(result["model"])
    assert record.metrics == result["metrics"]
    assert record.backbone == ARCHITECTURE
    card = load_card(record.model_path)
    assert card.metrics == result["metrics"]
    assert card.data is not None
    assert {split: card.data.in_split(split) for split in ("train", "val", "test")} == {
        split: figures["images"] for split, figures in result["metrics"].items()
    }

    evaluated = _result(EvaluateRequest(record.model_path, project, device="cpu"))
    found, expected = evaluated["metrics"]["test"], result["metrics"]["test"]
    assert found["images"] == expected["images"]
    # Training read the tokens in half precision.
    assert found["loss"] == pytest.approx(expected["loss"], abs=0.02)

    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "broken.png").write_bytes(b"nothing")
    write_image(tmp_path / "new" / "a.png", 77)
    heatmaps = tmp_path / "maps"
    paths = (tmp_path / "new",)
    answers = list(run(PredictRequest(record.model_path, paths, heatmaps=heatmaps, device="cpu")))
    [predicted], [failed] = _of(Predicted, answers), _of(PredictionFailed, answers)
    assert Path(predicted.path).name == "a.png"
    assert Path(failed.path).name == "broken.png"
    assert sum(predicted.probabilities) == pytest.approx(1)
    [drawn] = heatmaps.iterdir()
    with Image.open(drawn) as picture:
        assert picture.size == (48, 48)
    summary = dict(_of(Finished, answers)[0].result)
    assert (summary["images"], summary["answered"], summary["failed"]) == (2, 1, 1)


@pytest.mark.parametrize("method", ["linear-probe", "attentive-probe", "lora", "full"])
def test_the_other_methods_on_equal_terms(method: str, project: Path, tmp_path: Path) -> None:
    """Same events, same run folder, same model file, and the same answers from it."""
    training = dataclasses.replace(TRAINING, epochs=3, learning_rate=3e-3)
    events = list(run(TrainRequest(_prepare(project, method), training)))
    [started] = _of(RunStarted, events)
    assert len(_of(StepCompleted, events)) == started.total_steps
    assert len(_of(EpochCompleted, events)) == started.epochs
    result = dict(_of(Finished, events)[0].result)
    assert result["metrics"]["test"]["auc"] == 1.0, "dark and bright are told apart"

    card = load_card(Path(result["model"]))
    assert card.method == method
    assert card.metrics == result["metrics"]
    assert card.cost is not None
    assert card.cost.trainable_parameters == started.trainable_parameters
    assert card.cost.total_parameters == started.total_parameters
    assert card.cost.preparation_s > 0
    assert card.cost.peak_memory_bytes >= 4 * started.trainable_parameters

    kept = load_predictions(Path(result["run_dir"]) / PREDICTIONS)
    model = load_model(result["model"], device="cpu")
    images = {image.id: image for image in Project.open(project).images()}
    for answer in kept.answers[:6]:
        again = model.predict(images[answer.image_id].path)
        assert again.token_map is None
        # The attentive probe learned from tokens in half precision.
        assert again.uncalibrated == pytest.approx(answer.probabilities, abs=2e-3)
    evaluated = _result(EvaluateRequest(Path(result["model"]), project, device="cpu"))
    assert evaluated["metrics"]["test"]["auc"] == 1.0
    dark = write_image(tmp_path / "a.png", 500, brightness=20)
    assert model.predict(dark).class_name == "dark"


def test_what_a_model_file_holds_of_each_method(project: Path) -> None:
    states = {
        method: load_bundle(
            Path(_result(TrainRequest(_prepare(project, method), TRAINING))["model"])
        ).state
        for method in ("attentive-probe", "lora", "full")
    }
    assert {key.split(".")[0] for key in states["attentive-probe"]} == {"norm", "pool", "head"}
    learned = {key.rsplit(".", 1)[1] for key in states["lora"] if not key.startswith("head.")}
    assert learned == {"down", "up"}, "corrections, and nothing of the backbone"
    assert "vit.pos_embed" in states["full"], "the whole network"


@pytest.mark.parametrize(
    ("features", "width"), [("class-token", 192), ("mean", 192), ("both", 384)]
)
def test_what_a_linear_probe_reads(features: Any, width: int, project: Path) -> None:
    training = TrainingConfig(probe_features=features)
    result = _result(TrainRequest(_prepare(project, "linear-probe"), training))
    assert load_bundle(Path(result["model"])).state["mean"].shape == (width,)
    image = Project.open(project).images("test")[0]
    kept = load_predictions(Path(result["run_dir"]) / PREDICTIONS).answers
    [answer] = [answer for answer in kept if answer.image_id == image.id]
    again = load_model(result["model"], device="cpu").predict(image.path)
    assert again.uncalibrated == pytest.approx(answer.probabilities, abs=1e-5)


def test_preparing_again_computes_nothing(project: Path) -> None:
    first = list(run(_prepare(project)))
    second = list(run(_prepare(project)))
    assert len(_of(Progress, first)) > len(_of(Progress, second))
    assert first[-1] == second[-1]


@pytest.mark.parametrize(
    ("method", "stop"),
    [("fpt+", 1), ("fpt+", 3), ("fpt+", 5), ("attentive-probe", 3), ("lora", 3), ("full", 1)],
)
def test_a_stopped_run_goes_on_bit_for_bit(method: str, stop: int, project: Path) -> None:
    request = TrainRequest(_prepare(project, method), TRAINING)
    whole = _result(request)
    events = run(request)
    for event in events:
        if isinstance(event, RunStarted):
            run_id = event.run_id
        if isinstance(event, StepCompleted) and event.step == stop:
            break
    events.close()
    assert Project.open(project).run(run_id).status == "stopped"
    # Its own settings count, not those given now.
    other = dataclasses.replace(TRAINING, epochs=1, seed=5)
    resumed = list(run(TrainRequest(_prepare(project), other, resume=run_id)))
    [started] = _of(RunStarted, resumed)
    assert started.run_id == run_id
    assert started.first_step == stop
    result = dict(_of(Finished, resumed)[0].result)
    assert result["metrics"] == whole["metrics"]
    first, second = (load_bundle(Path(r["model"])).state for r in (whole, result))
    assert all(torch.equal(first[key], second[key]) for key in first)
    assert Project.open(project).run(run_id).status == "finished"


def test_every_event_of_a_run_is_kept(project: Path) -> None:
    events: list[Event] = list(run(TrainRequest(_prepare(project), TRAINING)))
    result = dict(_of(Finished, events)[0].result)
    lines = (Path(result["run_dir"]) / "events.jsonl").read_text(encoding="utf-8").splitlines()
    records = [json.loads(line) for line in lines]
    assert [record["event"] for record in records] == [type(event).__name__ for event in events]


def test_the_same_request_gives_the_same_model(project: Path) -> None:
    request = TrainRequest(_prepare(project), TRAINING)
    first, second = (load_bundle(Path(_result(request)["model"])).state for _ in range(2))
    assert all(torch.equal(first[key], second[key]) for key in first)


def test_a_project_without_validation_images_is_trained_on(tmp_path: Path) -> None:
    source = write_labelled_folders(tmp_path / "images", per_class=6)
    _result(ImportRequest(tmp_path / "study", source, val_share=0))
    for method in ("fpt+", "linear-probe"):
        result = _result(TrainRequest(_prepare(tmp_path / "study.fptproject", method), TRAINING))
        assert result["metrics"]["val"]["images"] == 0
        assert np.isfinite(result["metrics"]["test"]["loss"])


def test_a_batch_larger_than_the_data_is_reduced_and_told(project: Path) -> None:
    training = TrainingConfig(epochs=1, batch_size=64)
    [warning] = _of(Warned, list(run(TrainRequest(_prepare(project), training))))
    assert warning.message.startswith("The batch of 64 is larger than the")


def test_an_image_that_went_missing_is_told_and_left_out(project: Path) -> None:
    Project.open(project).images("train")[0].path.unlink()
    events = list(run(TrainRequest(_prepare(project), TRAINING)))
    [warning] = _of(Warned, events)
    assert warning.message.startswith("There is no file")
    assert isinstance(events[-1], Finished)


def test_missing_weights_are_named_and_no_store_is_made(project: Path) -> None:
    request = dataclasses.replace(_prepare(project), backbone=BackboneChoice(ARCHITECTURE))
    with pytest.raises(WeightsError, match=f"No pretrained weights for {ARCHITECTURE}"):
        list(run(request))
    assert list((project / "features").iterdir()) == []
    with pytest.raises(WeightsError):
        list(run(TrainRequest(request, TRAINING)))
    [record] = Project.open(project).runs()
    assert record.status == "failed"


def test_what_cannot_be_trained_is_refused(project: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="method must be one of auto, fpt"):
        list(run(TrainRequest(_prepare(project, "magic"), TRAINING)))
    with pytest.raises(ProjectError, match="has no run 'none'"):
        list(run(TrainRequest(_prepare(project), TRAINING, resume="none")))
    Project.create(tmp_path / "empty")
    with pytest.raises(DatasetError, match="holds no images"):
        list(run(_prepare(tmp_path / "empty.fptproject")))
    with pytest.raises(DatasetError, match="at least two classes"):
        list(run(TrainRequest(_prepare(tmp_path / "empty.fptproject"), TRAINING)))


def test_what_cannot_be_evaluated_is_refused(project: Path, tmp_path: Path) -> None:
    model = Path(_result(TrainRequest(_prepare(project, "linear-probe"), TRAINING))["model"])
    source = write_labelled_folders(tmp_path / "others", 4, ("dark", "grey"))
    _result(ImportRequest(tmp_path / "other", source))
    with pytest.raises(DatasetError, match=r"does not know: grey\. The model knows bright, dark"):
        list(run(EvaluateRequest(model, tmp_path / "other")))
    with pytest.raises(DatasetError, match=r"split 'odd' of study\.fptproject holds no"):
        list(run(EvaluateRequest(model, project, split="odd")))
    with pytest.raises(BundleError, match="There is no model file"):
        list(run(EvaluateRequest(tmp_path / "none.fpt", project)))


def test_the_original_images_are_never_changed(project: Path) -> None:
    images = Project.open(project).images()
    before = [(image.path.read_bytes(), image.path.stat().st_mtime_ns) for image in images]
    _result(TrainRequest(_prepare(project), TRAINING))
    after = [(image.path.read_bytes(), image.path.stat().st_mtime_ns) for image in images]
    assert after == before


def test_a_damaged_record_is_told_computed_anew_and_training_goes_on(project: Path) -> None:
    prepared = _result(_prepare(project))
    [shard] = Path(prepared["store"]).glob("shard-*.bin")
    whole = shard.read_bytes()
    flipped = bytearray(whole)
    flipped[prepared["record_bytes"] + 5] ^= 1
    shard.write_bytes(flipped)
    events = list(run(TrainRequest(_prepare(project), TRAINING)))
    [warning] = _of(Warned, events)
    assert "in shard-00000.bin is damaged. It is computed anew" in warning.message
    assert isinstance(events[-1], Finished)
    assert shard.read_bytes() == whole, "the same record in the same place"


def test_a_cut_shard_is_prepared_again_without_a_word(project: Path) -> None:
    prepared = _result(_prepare(project))
    [shard] = Path(prepared["store"]).glob("shard-*.bin")
    whole = shard.read_bytes()
    shard.write_bytes(whole[: len(whole) // 2])
    events = list(run(TrainRequest(_prepare(project), TRAINING)))
    assert isinstance(events[-1], Finished)
    assert len(shard.read_bytes()) == len(whole)


@pytest.mark.parametrize("kind", ["prepare", "train"])
def test_a_memory_limit_below_the_least_is_refused_with_the_least(kind: str, project: Path) -> None:
    prepare = dataclasses.replace(_prepare(project), memory_limit_mb=20)
    request: Request = prepare if kind == "prepare" else TrainRequest(prepare, TRAINING)
    with pytest.raises(ConfigError, match=r"must be at least \d+ MB here, not 20 MB") as refused:
        list(run(request))
    assert "Give at least" in refused.value.remedy


def test_eight_bits_train_as_half_precision_does(project: Path) -> None:
    results = [
        _result(TrainRequest(dataclasses.replace(_prepare(project), dtype=dtype), TRAINING))
        for dtype in ("float16", "int8")
    ]
    losses = [result["metrics"]["val"]["loss"] for result in results]
    assert losses[1] == pytest.approx(losses[0], abs=1e-2)
