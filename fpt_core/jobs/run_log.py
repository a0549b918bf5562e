"""A run folder's own record: what was asked, and every event since."""

from __future__ import annotations

import json
from collections.abc import Generator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from fpt_core.config import PixelRecipe, TrainingConfig, to_dict
from fpt_core.events import Event, to_record
from fpt_core.jobs.requests import BackboneChoice, PrepareRequest, TrainRequest


def to_settings(request: TrainRequest, recipe: PixelRecipe) -> dict[str, Any]:
    """What reproduces the run, without its project's place, as JSON-ready values."""
    prepare = asdict(request.prepare)
    del prepare["project"]
    weights = prepare["backbone"]["weights"]
    prepare["backbone"]["weights"] = None if weights is None else str(weights)
    return {
        "prepare": prepare,
        "training": asdict(request.training),
        "recipe": to_dict(recipe),
    }


def from_settings(settings: dict[str, Any], project: Path) -> tuple[TrainRequest, PixelRecipe]:
    """The request and the recipe whose settings were kept."""
    prepare, training = settings["prepare"], settings["training"]
    choice = prepare["backbone"]
    weights = None if choice["weights"] is None else Path(choice["weights"])
    request = TrainRequest(
        prepare=PrepareRequest(
            **{
                **prepare,
                "project": project,
                "backbone": BackboneChoice(**{**choice, "weights": weights}),
            }
        ),
        training=TrainingConfig(**{**training, "betas": tuple(training["betas"])}),
    )
    return request, PixelRecipe.from_dict(settings["recipe"])


def recorded(path: Path, events: Generator[Event, None, None]) -> Generator[Event, None, None]:
    """Pass ``events`` on and append each to the file at ``path`` as a line of JSON."""
    with path.open("a", encoding="utf-8") as file:
        for event in events:
            file.write(json.dumps(to_record(event)) + "\n")
            file.flush()
            yield event
