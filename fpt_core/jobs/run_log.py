"""A run folder's own record: what was asked, and every event since."""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Generator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from fpt_core.config import PixelRecipe, TrainingConfig, to_dict
from fpt_core.dataset.project import Project
from fpt_core.dataset.queue_table import QueuedRun
from fpt_core.errors import ProjectError
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
    """The request and the recipe whose settings were kept.

    Raises:
        ProjectError: If they were edited into something else, or another version wrote them.
        ConfigError: If one of them cannot be used.
    """
    try:
        prepare, choice = settings["prepare"], settings["prepare"]["backbone"]
        weights = None if choice["weights"] is None else Path(choice["weights"])
        request = TrainRequest(
            prepare=PrepareRequest(
                **{
                    **prepare,
                    "project": project,
                    "backbone": BackboneChoice(**{**choice, "weights": weights}),
                }
            ),
            training=TrainingConfig(**settings["training"]),
        )
        return request, PixelRecipe.from_dict(settings["recipe"])
    except (KeyError, TypeError) as error:
        raise ProjectError(
            "The settings that were kept are no settings of this version: they were edited, or "
            "another version wrote them.",
            "Choose the settings again and start a new run.",
        ) from error


def enqueue(project: Project, request: TrainRequest) -> int:
    """Let a run wait, and return its number in the queue.

    Raises:
        ProjectError: If the run to resume or to repeat is not there.
    """
    known = request.resume or request.repeat
    settings = (
        to_settings(request, project.recipe()) if known is None else project.run(known).settings
    )
    return project.enqueue(settings, request.resume)


def queued_request(queued: QueuedRun, project: Path) -> TrainRequest:
    """The request of a run that waits; its entry leaves the queue when the run is there.

    Raises:
        ProjectError: If its settings cannot be read.
    """
    request, _ = from_settings(queued.settings, project)
    return dataclasses.replace(request, resume=queued.resume, queued=queued.id)


def recorded(path: Path, events: Generator[Event, None, None]) -> Generator[Event, None, None]:
    """Pass ``events`` on and append each to the file at ``path`` as a line of JSON."""
    with path.open("a+b") as file:
        if file.tell():  # a kill may have cut the last line
            file.seek(-1, os.SEEK_END)
            if file.read() != b"\n":
                file.write(b"\n")
        for event in events:
            file.write(json.dumps(to_record(event)).encode() + b"\n")
            file.flush()
            yield event
