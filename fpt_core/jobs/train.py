"""Train one model of a project and keep it as a run."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Generator
from typing import Any

from fpt_core.config import AUTO, METHODS, PixelRecipe, TrainingConfig
from fpt_core.dataset.project import Project
from fpt_core.dataset.run_folder import CONFIG, ENVIRONMENT, EVENTS, edited, read_json, write_json
from fpt_core.device import resolve_device
from fpt_core.errors import ConfigError, DatasetError, FptError
from fpt_core.events import Event, Warned
from fpt_core.jobs.environment import differences, environment, with_threads
from fpt_core.jobs.requests import TrainRequest
from fpt_core.jobs.run_log import from_settings, recorded, to_settings
from fpt_core.jobs.run_result import split_fingerprint
from fpt_core.jobs.train_auto import train_auto
from fpt_core.jobs.train_network import train_network
from fpt_core.jobs.train_probe import train_probe

_JOBS = {AUTO: train_auto, "linear-probe": train_probe}
"""Of methods that are trained in a way of their own."""


def train(request: TrainRequest) -> Generator[Event, None, None]:
    """The training job: prepares what is missing, trains, evaluates, keeps the model file.

    Close it to stop: the run then resumes where it was, with ``TrainRequest.resume``.

    Raises:
        ConfigError: If there is no such method, or settings contradict each other.
        DatasetError: If the project cannot be trained on.
        ProjectError: If the run to resume or to repeat is not there, or was edited by hand.
    """
    project = Project.open(request.prepare.project)
    request, recipe = _as_kept(project, request)
    method = request.prepare.method
    if method not in METHODS:
        raise ConfigError(
            f"method must be one of {', '.join(METHODS)}, not {method!r}.", "Choose one of them."
        )
    check_trainable(project)
    check_order(request.training, project.class_names)
    job = _JOBS.get(method, train_network)
    if method == "linear-probe" and request.training.class_order:
        yield Warned(
            "A linear probe takes no notice of the order of classes while it is fitted; its "
            "figures do.",
            "Choose another method if near misses should cost less than far ones.",
        )
    run_id, settings = _registered(project, request, recipe)
    events = job(project, run_id, request, recipe)
    events = _as_before(project, request.resume or request.repeat, run_id, request, events)
    yield from _kept(project, run_id, settings, events)


def _as_kept(project: Project, request: TrainRequest) -> tuple[TrainRequest, PixelRecipe]:
    """The request, with the settings of the run that it resumes or repeats.

    Where it computes is no setting of a run: a graphics card may be gone since.
    """
    if request.resume is not None and request.repeat is not None:
        raise ConfigError(
            f"A run can be resumed ({request.resume}) or repeated ({request.repeat}), not both.",
            "Choose one of the two.",
        )
    known = request.resume or request.repeat
    if known is None:
        return request, project.recipe()
    settings = project.run(known).settings
    config = project.runs_dir / known / CONFIG
    if config.exists() and read_json(config) != settings:
        raise edited(config)
    kept, recipe = from_settings(settings, project.path)
    prepare = dataclasses.replace(kept.prepare, device=request.prepare.device)
    return dataclasses.replace(request, prepare=prepare, training=kept.training), recipe


def _registered(
    project: Project, request: TrainRequest, recipe: PixelRecipe
) -> tuple[str, dict[str, Any]]:
    """The run's id and settings: its own where it is resumed; it waits no longer."""
    if request.resume is not None:
        if request.queued is not None:
            project.remove_queued(request.queued)
        return request.resume, project.run(request.resume).settings
    settings = to_settings(request, recipe)
    prepare = request.prepare
    name = prepare.backbone.name or "automatic"
    return project.add_run(prepare.method, name, settings, request.queued), settings


def _as_before(
    project: Project,
    known: str | None,
    run_id: str,
    request: TrainRequest,
    events: Generator[Event, None, None],
) -> Generator[Event, None, None]:
    """Pass ``events`` on, computed as the run ``known`` was; tell what is not as it was then."""
    with contextlib.closing(events), contextlib.ExitStack() as stack:
        device = resolve_device(request.prepare.device)
        now = environment(device, split_fingerprint(project))
        own = project.runs_dir / run_id / ENVIRONMENT
        path = project.runs_dir / (known or run_id) / ENVIRONMENT
        before = read_json(path) if path.exists() else now
        if different := differences(before, now):
            yield Warned(
                f"The run {known} was made with {', and '.join(different)}: the weights will not "
                "be exactly what they would have been."
            )
        threads = before.get("threads")
        if isinstance(threads, int) and threads > 0:
            stack.enter_context(with_threads(threads))
            now["threads"] = threads
        if not own.exists():
            write_json(own, now)
        yield from events


def _kept(
    project: Project, run_id: str, settings: dict[str, Any], events: Generator[Event, None, None]
) -> Generator[Event, None, None]:
    """Pass ``events`` on while the run's folder and status follow them."""
    folder = project.runs_dir / run_id
    folder.mkdir(parents=True, exist_ok=True)
    write_json(folder / CONFIG, settings)
    project.update_run(run_id, status="running")
    try:
        with contextlib.closing(events):
            yield from recorded(folder / EVENTS, events)
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


def check_order(training: TrainingConfig, class_names: tuple[str, ...]) -> None:
    """Refuse an order of other classes than there are.

    Raises:
        ConfigError: If a class is missing in it, or unknown.
    """
    order = training.class_order
    if order and sorted(order) != sorted(class_names):
        raise ConfigError(
            f"class_order must name each of {', '.join(class_names)} once, not {', '.join(order)}.",
            "Name all classes from least to most, or leave the order out.",
        )
