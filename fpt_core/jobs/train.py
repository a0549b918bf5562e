"""Train one model of a project and keep it as a run."""

from __future__ import annotations

import contextlib
import dataclasses
import json
from collections.abc import Generator
from typing import Any

from fpt_core.config import METHODS
from fpt_core.dataset.project import Project
from fpt_core.errors import ConfigError, DatasetError, FptError
from fpt_core.events import Event
from fpt_core.files import write_atomically
from fpt_core.jobs.requests import TrainRequest
from fpt_core.jobs.run_log import from_settings, recorded, to_settings
from fpt_core.jobs.train_fpt import train_fpt
from fpt_core.jobs.train_probe import train_probe


def train(request: TrainRequest) -> Generator[Event, None, None]:
    """The training job: prepares what is missing, trains, evaluates, keeps the model file.

    Close it to stop: the run then resumes where it was, with ``TrainRequest.resume``.

    Raises:
        ConfigError: If there is no such method.
        DatasetError: If the project cannot be trained on.
        ProjectError: If the run to resume is not there.
    """
    project = Project.open(request.prepare.project)
    recipe = project.recipe()
    if (known := request.resume or request.repeat) is not None:
        kept, recipe = from_settings(project.run(known).settings, project.path)
        prepare = dataclasses.replace(kept.prepare, device=request.prepare.device)
        request = dataclasses.replace(request, prepare=prepare, training=kept.training)
    method = request.prepare.method
    if method not in METHODS:
        raise ConfigError(
            f"method must be one of {', '.join(METHODS)}, not {method!r}.", "Choose one of them."
        )
    check_trainable(project)
    job = train_probe if method == "linear-probe" else train_fpt
    settings = to_settings(request, recipe)
    run_id = request.resume or project.add_run(
        method=method,
        backbone=request.prepare.backbone.name or "automatic",
        settings=settings,
        queued=request.queued,
    )
    if request.resume is not None and request.queued is not None:
        project.remove_queued(request.queued)
    yield from _kept(project, run_id, settings, job(project, run_id, request, recipe))


def _kept(
    project: Project, run_id: str, settings: dict[str, Any], events: Generator[Event, None, None]
) -> Generator[Event, None, None]:
    """Pass ``events`` on while the run's folder and status follow them."""
    folder = project.runs_dir / run_id
    folder.mkdir(parents=True, exist_ok=True)
    write_atomically(folder / "config.json", json.dumps(settings, indent=2).encode())
    project.update_run(run_id, status="running")
    try:
        with contextlib.closing(events):
            yield from recorded(folder / "events.jsonl", events)
    except BaseException as reason:
        status = "stopped" if isinstance(reason, GeneratorExit) else "failed"
        # On a full disk the status cannot be kept either; the reason is what must be told.
        with contextlib.suppress(FptError):
            project.update_run(run_id, status=status)
        raise
    project.update_run(run_id, status="finished")


def check_trainable(project: Project) -> None:
    """Refuse a project from which nothing can be learned.

    Raises:
        DatasetError: If there is a single class, or a split lacks one.
    """
    counts = project.counts()
    if len(counts) < 2:
        raise DatasetError(
            f"Training needs at least two classes; {project.path.name} has {len(counts)}.",
            "Import a data set with a folder, or a label, for each class.",
        )
    for class_name, splits in counts.items():
        if not splits.get("train"):
            raise DatasetError(
                f"Class {class_name!r} has no training image.",
                "Add images of more patients of this class, or leave it out.",
            )
