"""The whole job on sample data, offline: draw, import, prepare, train, evaluate, predict."""

from __future__ import annotations

import time
from collections.abc import Generator
from pathlib import Path
from typing import Any

from fpt_core.backbone_catalogue import BUILT_IN_BACKBONE, choose, missing_weights_error
from fpt_core.config import TrainingConfig
from fpt_core.dataset.project import Project
from fpt_core.demo_images import draw_sample
from fpt_core.events import Event, Finished
from fpt_core.jobs.requests import (
    BackboneChoice,
    ImportRequest,
    PredictRequest,
    PrepareRequest,
    TrainRequest,
)
from fpt_core.jobs.run import run
from fpt_core.model_card import load_card

_TRAINING = TrainingConfig(epochs=20, learning_rate=2e-3)
_LOW_RESOLUTION = 128
_PREDICTED = 6
_BACKBONE = BackboneChoice(BUILT_IN_BACKBONE)

DemoResult = dict[str, Any]


def demo(output: Path) -> Generator[Event, None, None]:
    """Carry the whole job through in ``output``; a second call goes on where it was left.

    Raises:
        WeightsError: If the backbone in the box is absent or damaged.
    """
    started = time.monotonic()
    if choose(BUILT_IN_BACKBONE) is None:
        raise missing_weights_error(BUILT_IN_BACKBONE)
    labels = yield from draw_sample(output / "images")
    path = output / "demo.fptproject"
    if not Project.exists(path):
        yield from _result_of(run(ImportRequest(path, labels)))
    fpt = yield from _train_once(path, PrepareRequest(path, "fpt+", _BACKBONE))
    probe = yield from _train_once(
        path, PrepareRequest(path, "linear-probe", _BACKBONE, image_size=_LOW_RESOLUTION)
    )
    images = tuple(image.path for image in Project.open(path).images("test")[:_PREDICTED])
    heatmaps = output / "heatmaps"
    yield from _result_of(run(PredictRequest(Path(fpt["model"]), images, heatmaps=heatmaps)))
    yield Finished(
        {
            "project": str(path),
            "model": fpt["model"],
            "heatmaps": str(heatmaps),
            "backbone": fpt["backbone"],
            "pretrained": fpt["pretrained"],
            "fpt_plus_test_auc": fpt["metrics"]["test"]["auc"],
            "low_resolution_probe_test_auc": probe["metrics"]["test"]["auc"],
            "low_resolution_px": _LOW_RESOLUTION,
            "seconds": round(time.monotonic() - started, 1),
        }
    )


def _train_once(path: Path, prepare: PrepareRequest) -> Generator[Event, None, DemoResult]:
    """Train, or go on with the run that was stopped, or take the one that is finished."""
    resume = None
    for known in Project.open(path).runs():
        if known.method != prepare.method:
            continue
        if known.status == "finished" and known.model_path is not None:
            return {
                "model": str(known.model_path),
                "metrics": known.metrics,
                "backbone": known.backbone,
                "pretrained": load_card(known.model_path).backbone.pretrained,
            }
        if known.resumable:
            resume = known.id
            break
    return (yield from _result_of(run(TrainRequest(prepare, _TRAINING, resume))))


def _result_of(events: Generator[Event, None, None]) -> Generator[Event, None, DemoResult]:
    """Pass on all events but the last, whose result is returned."""
    result: DemoResult = {}
    for event in events:
        if isinstance(event, Finished):
            result = dict(event.result)
        else:
            yield event
    return result
