"""What the runs that wait will take: really measured, on a real project."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest

from fpt_core.config import TrainingConfig
from fpt_core.dataset.project import Project
from fpt_core.events import Finished, StepCompleted
from fpt_core.jobs import measurements
from fpt_core.jobs.estimates import Forecast
from fpt_core.jobs.requests import (
    BackboneChoice,
    ForecastRequest,
    ImportRequest,
    PrepareRequest,
    TrainRequest,
)
from fpt_core.jobs.run import run
from fpt_core.jobs.run_log import enqueue
from tests.pictures import write_labelled_folders

pytestmark = pytest.mark.usefixtures("no_weights")


def _here(function: Callable[..., Any], *arguments: Any) -> Generator[None, None, Any]:
    """A process of its own needs seconds to start."""
    yield
    return function(*arguments)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.setattr(measurements, "measurements_file", lambda: tmp_path / "kept.json")
    monkeypatch.setattr(measurements, "apart", _here)
    source = write_labelled_folders(tmp_path / "images", per_class=10)
    list(run(ImportRequest(tmp_path / "study", source / "labels.csv")))
    return Project.open(tmp_path / "study.fptproject")


def _request(project: Project, **training: object) -> TrainRequest:
    choice = BackboneChoice("vit_tiny_patch16_224", allow_random=True)
    prepare = PrepareRequest(project.path, "fpt+", choice, image_size=64, device="cpu")
    return TrainRequest(prepare, TrainingConfig(batch_size=4, **training))  # type: ignore[arg-type]


def _forecast(project: Project, *, measures: bool = True) -> Forecast:
    *_, last = run(ForecastRequest(project.path, measures))
    assert isinstance(last, Finished)
    return Forecast.from_dict(json.loads(json.dumps(dict(last.result), allow_nan=False)))


def test_the_queue_and_the_run_that_can_go_on(project: Project) -> None:
    first = enqueue(project, _request(project, epochs=2))
    second = enqueue(project, _request(project, epochs=20, seed=1))
    absent = _request(project)
    absent = dataclasses.replace(
        absent, prepare=dataclasses.replace(absent.prepare, backbone=BackboneChoice("vit_huge"))
    )
    third = enqueue(project, absent)

    unmeasured = _forecast(project, measures=False)
    assert unmeasured.queue[first].cost is None
    assert "Not measured" in unmeasured.queue[first].why_not
    assert unmeasured.last is None

    found = _forecast(project)
    one, other = found.queue[first].cost, found.queue[second].cost
    assert one is not None
    assert other is not None
    assert other.train_s.value > one.train_s.value
    assert other.prepare_s.value < one.prepare_s.value, "the first one prepares for both"
    assert one.memory_bytes == other.memory_bytes
    assert one.fits
    assert "No pretrained weights for vit_huge" in found.queue[third].why_not

    events = run(_request(project, epochs=9))
    for event in events:
        if isinstance(event, StepCompleted) and event.step == 20:
            break
    events.close()
    again = _forecast(project, measures=False)
    assert again.last is not None
    assert again.last.cost is not None
    assert again.last.cost.train_s.value > 0
    assert again.last.cost.memory_bytes == one.memory_bytes
