"""A worker killed again and again: does the run end with the weights of an undisturbed one?"""

from __future__ import annotations

import dataclasses
import multiprocessing
import random
import tempfile
import time
from collections.abc import Generator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import torch

from fpt_core.auto.side_training import SEARCHING
from fpt_core.benchmark.measure import process_context
from fpt_core.bundle import load_bundle
from fpt_core.config import TrainingConfig
from fpt_core.dataset.project import Project
from fpt_core.demo_images import draw_sample
from fpt_core.errors import FptError
from fpt_core.events import EpochCompleted, Event, Failed, Finished, Progress, StepCompleted
from fpt_core.features.extract import PREPARING
from fpt_core.jobs import worker
from fpt_core.jobs.requests import BackboneChoice, ImportRequest, PrepareRequest, TrainRequest
from fpt_core.jobs.run import run

_LONGEST_WAIT_S = 0.05
"""After an event, so that what follows it is met as well: a record, a step, a checkpoint."""

_Place = tuple[int, float]
"""Where a job stands: images prepared, settings tried, or steps taken."""
_PREPARING, _TRYING, _STEPPING = range(3)


@dataclass(frozen=True, slots=True)
class KillsConfig:
    """What is killed, and how often."""

    kills: int = 20
    image_size: int = 128
    epochs: int = 6
    patients_per_class: int = 6
    """Each with three images, in three classes."""
    seed: int = 0
    method: str = "fpt+"


@dataclass(frozen=True, slots=True)
class _Moment:
    """When to kill."""

    place: _Place
    wait_s: float


def kills(config: KillsConfig) -> Generator[Event, None, None]:
    """Run undisturbed, then with kills; ``Finished`` says whether the weights are the same.

    Half of the places are drawn among the images that are prepared, half among what follows:
    steps, epochs, and the settings that the recommended method tries.

    Raises:
        FptError: If a run fails instead of going on.
    """
    with tempfile.TemporaryDirectory(prefix="fpt-benchmark-") as name:
        folder = Path(name)
        labels = yield from draw_sample(folder / "images", config.patients_per_class, size=256)
        undisturbed, killed = (
            _request(config, labels, folder / place) for place in ("undisturbed", "killed")
        )
        yield Progress("Killing", 0, config.kills)
        expected, places = _run(undisturbed, None)
        assert expected is not None, "nothing ended it"
        moments = _moments(config, places)
        for done, moment in enumerate(moments):
            result, _ = _run(_resumed(killed), moment)
            assert result is None, "it is killed before its end"
            yield Progress("Killing", done + 1, config.kills)
        result, _ = _run(_resumed(killed), None)
        assert result is not None, "nothing ended it"
        yield Finished(
            {
                "kills": len(moments),
                "while_preparing": sum(moment.place[0] == _PREPARING for moment in moments),
                "while_training": sum(moment.place[0] != _PREPARING for moment in moments),
                "same_weights": _same(expected["model"], result["model"]),
                "same_metrics": expected["metrics"] == result["metrics"],
                "threads": torch.get_num_threads(),
            }
        )


def _request(config: KillsConfig, labels: Path, project: Path) -> TrainRequest:
    list(run(ImportRequest(project, labels)))
    prepare = PrepareRequest(
        Project.open(project).path,
        config.method,
        backbone=BackboneChoice("vit_tiny_patch16_224", allow_random=True),
        image_size=config.image_size,
        device="cpu",
    )
    return TrainRequest(prepare, TrainingConfig(epochs=config.epochs, batch_size=4))


def _resumed(request: TrainRequest) -> TrainRequest:
    """The same run again, where there is one."""
    runs = Project.open(request.prepare.project).runs()
    return dataclasses.replace(request, resume=runs[0].id if runs else None)


def _moments(config: KillsConfig, places: list[_Place]) -> list[_Moment]:
    """In the order in which a run comes by, for a run that is killed resumes before them."""
    rng = random.Random(config.seed)
    preparing = [place for place in places if place[0] == _PREPARING]
    training = [place for place in places if place[0] != _PREPARING]
    half = config.kills // 2
    chosen = sorted(rng.sample(preparing, half) + rng.sample(training, config.kills - half))
    return [_Moment(place, rng.uniform(0, _LONGEST_WAIT_S)) for place in chosen]


def _run(
    request: TrainRequest, moment: _Moment | None
) -> tuple[dict[str, Any] | None, list[_Place]]:
    """Run in a real worker until its end, or until ``moment``; the result, and where it was."""
    ours, theirs = multiprocessing.Pipe()
    process = process_context().Process(target=worker.main, args=(theirs,))  # type: ignore[attr-defined]
    process.start()
    theirs.close()
    try:
        ours.send(request)
        return _followed(ours, moment)
    finally:
        process.kill()
        process.join()
        process.close()
        ours.close()


def _followed(
    connection: Connection, moment: _Moment | None
) -> tuple[dict[str, Any] | None, list[_Place]]:
    places: list[_Place] = []
    while True:
        event: Event = connection.recv()
        if isinstance(event, Finished):
            return dict(event.result), places
        if isinstance(event, Failed):
            raise FptError(event.message, event.remedy)
        place = _place(event, places)
        if place is not None:
            places.append(place)
            if moment is not None and place >= moment.place:
                time.sleep(moment.wait_s)
                return None, places


def _place(event: Event, before: list[_Place]) -> _Place | None:
    match event:
        case Progress() if event.stage == PREPARING and event.done:
            return (_PREPARING, event.done)
        case Progress() if event.stage == SEARCHING:
            return (_TRYING, event.done)
        case StepCompleted():
            return (_STEPPING, event.step)
        case EpochCompleted():
            return (_STEPPING, before[-1][1] + 0.5)
    return None


def _same(first: str, second: str) -> bool:
    """Whether two model files hold the same weights, bit for bit."""
    one, other = load_bundle(Path(first)).state, load_bundle(Path(second)).state
    return one.keys() == other.keys() and all(torch.equal(one[key], other[key]) for key in one)
