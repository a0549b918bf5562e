"""Runs as they are kept: repeated, resumed, queued, edited by hand, on a full disk."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import torch

from fpt_core.bundle import load_bundle
from fpt_core.config import TrainingConfig
from fpt_core.dataset.project import Project
from fpt_core.dataset.run_folder import read_metrics, read_steps
from fpt_core.errors import (
    ConfigError,
    DiskFullError,
    FptError,
    ProjectError,
    StoreError,
    TrainingError,
)
from fpt_core.events import EpochCompleted, Event, Finished, RunStarted, StepCompleted, Warned
from fpt_core.features import store as store_module
from fpt_core.jobs.requests import (
    BackboneChoice,
    EvaluateRequest,
    ImportRequest,
    PrepareRequest,
    TrainRequest,
)
from fpt_core.jobs.run import run
from fpt_core.jobs.run_log import enqueue
from fpt_core.jobs.run_queue import run_queue
from fpt_core.models import backbone as backbone_module
from tests.pictures import write_labelled_folders

ARCHITECTURE = "vit_tiny_patch16_224"
TRAINING = TrainingConfig(epochs=2, batch_size=4)

pytestmark = pytest.mark.usefixtures("no_weights")


@pytest.fixture
def project(tmp_path: Path) -> Project:
    source = write_labelled_folders(tmp_path / "images", per_class=10)
    list(run(ImportRequest(tmp_path / "study", source / "labels.csv")))
    return Project.open(tmp_path / "study.fptproject")


def _request(project: Project, **changes: Any) -> TrainRequest:
    choice = BackboneChoice(ARCHITECTURE, allow_random=True)
    prepare = PrepareRequest(project.path, "fpt+", choice, image_size=64, device="cpu")
    training = dataclasses.replace(TRAINING, **changes)
    return TrainRequest(prepare, training)


def _result(events: list[Event]) -> dict[str, Any]:
    assert isinstance(events[-1], Finished)
    return dict(events[-1].result)


def _state(result: dict[str, Any]) -> dict[str, torch.Tensor]:
    return load_bundle(Path(result["model"])).state


def _same(first: dict[str, torch.Tensor], second: dict[str, torch.Tensor]) -> bool:
    return all(torch.equal(first[key], second[key]) for key in first)


def _warnings(events: list[Event]) -> list[str]:
    return [event.message for event in events if isinstance(event, Warned)]


# --- the run folder -----------------------------------------------------------------


def test_the_folder_says_what_was_asked_where_and_what_came_of_it(project: Project) -> None:
    events = list(run(_request(project)))
    result = _result(events)
    folder = Path(result["run_dir"])
    [record] = project.runs()
    assert json.loads((folder / "config.json").read_text()) == record.settings
    kept = json.loads((folder / "environment.json").read_text())
    assert kept["threads"] == torch.get_num_threads()
    assert kept["versions"]["torch"] == torch.__version__
    assert kept["device"] == "cpu"
    assert read_metrics(folder) == tuple(e for e in events if isinstance(e, EpochCompleted))
    assert read_steps(folder) == tuple(e for e in events if isinstance(e, StepCompleted))
    assert all(step.memory_bytes > 0 < step.images_per_s for step in read_steps(folder))


def test_a_run_is_repeated_to_the_same_weights(project: Project) -> None:
    first = _result(list(run(_request(project, seed=3, learning_rate=2e-3))))
    # What is given beside the run does not count.
    again = dataclasses.replace(_request(project, epochs=1), repeat=first["run"])
    second = _result(list(run(again)))
    assert second["run"] != first["run"]
    assert second["metrics"] == first["metrics"]
    assert _same(_state(first), _state(second))


def test_what_is_not_as_it_was_is_told(project: Project) -> None:
    first = _result(list(run(_request(project))))
    path = Path(first["run_dir"]) / "environment.json"
    kept = json.loads(path.read_text())
    kept["versions"]["torch"] = "1.0"
    path.write_text(json.dumps(kept))
    project.exclude([project.images("test")[0].id])
    events = list(run(dataclasses.replace(_request(project), repeat=first["run"])))
    assert _warnings(events)[0] == (
        f"The run {first['run']} was made with other versions of the software, and other images, "
        "labels or splits: the weights will not be exactly what they would have been."
    )


def test_a_run_computes_with_as_many_threads_as_it_began_with(project: Project) -> None:
    before = torch.get_num_threads()
    first = _result(list(run(_request(project))))
    path = Path(first["run_dir"]) / "environment.json"
    kept = json.loads(path.read_text())
    path.write_text(json.dumps(kept | {"threads": before + 1}))
    events = run(dataclasses.replace(_request(project), repeat=first["run"]))
    while not isinstance(next(events), StepCompleted):
        pass
    assert torch.get_num_threads() == before + 1
    events.close()
    assert torch.get_num_threads() == before


# --- edited by hand -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("file", "text", "told"),
    [
        ("config.json", "{}", r"config\.json of run .* was edited by hand"),
        ("config.json", "no json", r"config\.json of run .* was edited by hand"),
        ("environment.json", "[]", r"environment\.json of run .* was edited by hand"),
        ("checkpoint.pt", "nothing", r"checkpoint .* cannot be read"),
    ],
)
def test_an_edited_folder_is_told_in_a_sentence(
    file: str, text: str, told: str, project: Project
) -> None:
    run_id = _stopped_after(3, run(_request(project)))
    (project.runs_dir / run_id / file).write_text(text)
    with pytest.raises(ProjectError, match=told) as refused:
        list(run(dataclasses.replace(_request(project), resume=run_id)))
    assert refused.value.remedy
    assert project.run(run_id).resumable


def test_settings_of_another_version_are_told(project: Project) -> None:
    run_id = project.add_run("fpt+", "vit", {"prepare": {"magic": 1}})
    with pytest.raises(ProjectError, match="are no settings of this version"):
        list(run(dataclasses.replace(_request(project), resume=run_id)))


def test_events_that_a_kill_cut_do_not_spoil_those_that_follow(project: Project) -> None:
    run_id = _stopped_after(3, run(_request(project)))
    path = project.runs_dir / run_id / "events.jsonl"
    path.write_bytes(path.read_bytes()[:-20])
    list(run(dataclasses.replace(_request(project), resume=run_id)))
    assert [step.step for step in read_steps(path.parent)][-1] == 6
    assert [epoch.epoch for epoch in read_metrics(path.parent)] == [1, 2]


def _stopped_after(step: int, events: Any) -> str:
    run_id = ""
    for event in events:
        if isinstance(event, RunStarted):
            run_id = event.run_id
        if isinstance(event, StepCompleted) and event.step == step:
            break
    events.close()
    return run_id


# --- settings that cannot be -----------------------------------------------------------


def test_contradictory_settings_are_refused_before_anything_is_done(project: Project) -> None:
    both = dataclasses.replace(_request(project), resume="a", repeat="b")
    with pytest.raises(ConfigError, match=r"can be resumed .* or repeated .* not both"):
        list(run(both))
    with pytest.raises(ConfigError, match="class_order must name each of bright, dark once"):
        list(run(_request(project, class_order=("dark", "grey"))))
    assert project.runs() == []


def test_an_image_size_that_the_patches_do_not_divide_is_told_with_one_that_they_do(
    project: Project,
) -> None:
    request = _request(project)
    odd = dataclasses.replace(request, prepare=dataclasses.replace(request.prepare, image_size=70))
    with pytest.raises(ConfigError, match=r"multiple of .* patch size 16, not 70") as refused:
        list(run(odd))
    assert refused.value.remedy == "Choose 64."


def test_validation_images_of_one_class_are_told_and_the_lowest_loss_decides(
    project: Project,
) -> None:
    project.exclude([i.id for i in project.images("val") if i.class_name == "dark"])
    events = list(run(_request(project, epochs=3)))
    assert "All validation images are of one class" in _warnings(events)[0]
    epochs = [event for event in events if isinstance(event, EpochCompleted)]
    assert {epoch.val_auc for epoch in epochs} == {None}
    lowest = min(epochs, key=lambda epoch: epoch.val_loss or 0.0)
    assert _result(events)["best_epoch"] == lowest.epoch


def test_a_store_of_another_backbone_is_told(project: Project) -> None:
    list(run(_request(project).prepare))
    [store] = project.features_dir.iterdir()
    spec = json.loads((store / store_module._SPEC_FILE).read_text())
    (store / store_module._SPEC_FILE).write_text(json.dumps(spec | {"weights_hash": "0" * 64}))
    with pytest.raises(StoreError, match="does not match it") as refused:
        list(run(_request(project)))
    assert "run the preparation again" in refused.value.remedy


def test_classes_of_unequal_size_and_with_an_order(project: Project) -> None:
    plain = _result(list(run(_request(project))))
    changes: dict[str, Any] = {"imbalance": "class-weights", "class_order": ("dark", "bright")}
    ordered = _result(list(run(_request(project, **changes))))
    assert not _same(_state(plain), _state(ordered))
    assert "quadratic_kappa" in ordered["metrics"]["test"]
    assert "quadratic_kappa" not in plain["metrics"]["test"]
    evaluated = _result(list(run(EvaluateRequest(Path(ordered["model"]), project.path))))
    assert "quadratic_kappa" in evaluated["metrics"]["test"], "the model file keeps the order"
    sampled = _result(list(run(_request(project, imbalance="balanced-sampling"))))
    assert not _same(_state(plain), _state(sampled))


def test_a_linear_probe_says_that_it_is_fitted_without_the_order(project: Project) -> None:
    request = _request(project, class_order=("dark", "bright"))
    probe = dataclasses.replace(request.prepare, method="linear-probe")
    events = list(run(TrainRequest(probe, request.training)))
    assert "takes no notice of the order" in _warnings(events)[0]
    assert "quadratic_kappa" in _result(events)["metrics"]["test"]


# --- memory and cards ---------------------------------------------------------------------


def test_memory_that_runs_out_while_preparing_is_told_and_what_was_prepared_stays(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    select, calls = backbone_module.select_tokens, []

    def ask(*arguments: Any) -> Any:
        calls.append(1)
        if len(calls) > 30:
            torch.empty(2**60, dtype=torch.uint8)
        return select(*arguments)

    monkeypatch.setattr(backbone_module, "select_tokens", ask)
    with pytest.raises(TrainingError, match="There is not enough memory"):
        list(run(_request(project)))
    [store] = project.features_dir.iterdir()
    assert len(store_module.stored_hashes(store)) == 5, "of six blocks each"
    monkeypatch.setattr(backbone_module, "select_tokens", select)
    [record] = project.runs()
    assert isinstance(
        list(run(dataclasses.replace(_request(project), resume=record.id)))[-1], Finished
    )


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a graphics card")
def test_a_run_of_a_card_that_is_gone_goes_on_on_the_processor(project: Project) -> None:
    run_id = _stopped_after(3, run(_request(project)))
    on_card = dataclasses.replace(_request(project).prepare, device="cuda")
    with pytest.raises(ConfigError, match="no CUDA GPU can be used"):
        list(run(TrainRequest(on_card, resume=run_id)))
    anywhere = dataclasses.replace(on_card, device="auto")
    assert isinstance(list(run(TrainRequest(anywhere, resume=run_id)))[-1], Finished)


# --- a full disk -------------------------------------------------------------------------


@contextmanager
def _no_file_larger_than(limit_bytes: int) -> Iterator[None]:
    resource = pytest.importorskip("resource", reason="limits of a process are POSIX's")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.skipif(sys.platform == "win32", reason="limits of a process are POSIX's")
def test_a_disk_that_fills_up_while_training_loses_nothing(project: Project) -> None:
    whole = _result(list(run(_request(project))))
    events = run(_request(project))
    while not isinstance(next(events), EpochCompleted):
        pass
    [run_id] = [record.id for record in project.runs() if record.status == "running"]
    size = (project.runs_dir / run_id / "checkpoint.pt").stat().st_size
    with _no_file_larger_than(size // 2), pytest.raises(DiskFullError) as full:
        list(events)
    assert "what was finished is kept" in full.value.remedy
    assert project.run(run_id).status == "failed"
    resumed = _result(list(run(dataclasses.replace(_request(project), resume=run_id))))
    assert resumed["metrics"] == whole["metrics"]
    assert _same(_state(whole), _state(resumed))


# --- the queue ----------------------------------------------------------------------------


def test_the_queue_runs_in_order_and_goes_on_after_a_failure(project: Project) -> None:
    stopped = _stopped_after(2, run(_request(project)))
    enqueue(project, _request(project, class_order=("a", "b")))
    enqueue(project, dataclasses.replace(_request(project), resume=stopped))
    enqueue(project, dataclasses.replace(_request(project), repeat=stopped))
    result = _result(list(run_queue(project.path)))
    assert [done["run"] == stopped for done in result["runs"]] == [True, False]
    assert "class_order must name each" in result["failed"][0]["message"]
    assert result["left"] == 1, "what could not start stays"
    assert [run.status for run in project.runs()] == ["finished", "finished"]
    assert _same(*(_state(done) for done in result["runs"]))


def test_a_stopped_queue_keeps_what_has_not_begun(project: Project) -> None:
    for _ in range(2):
        enqueue(project, _request(project))
    _stopped_after(1, run_queue(project.path))
    assert len(project.queue()) == 1
    assert [run.status for run in project.runs()] == ["stopped"]


def test_a_run_that_is_not_there_cannot_wait(project: Project) -> None:
    with pytest.raises(FptError, match="has no run 'none'"):
        enqueue(project, dataclasses.replace(_request(project), resume="none"))
