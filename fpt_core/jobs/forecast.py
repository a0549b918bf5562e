"""What the runs that wait will take, and what is left of one that was stopped."""

from __future__ import annotations

import dataclasses
from collections.abc import Generator

import torch

from fpt_core.config import PixelRecipe
from fpt_core.dataset.project import Project
from fpt_core.dataset.queue_table import QueuedRun
from fpt_core.dataset.run_pace import seconds_left
from fpt_core.errors import FptError
from fpt_core.events import Event, Finished, Progress
from fpt_core.jobs.costing import Free, Workload, expected_cost, filled_in, training_time
from fpt_core.jobs.estimate import MEASURING, telling
from fpt_core.jobs.estimates import Cost, Forecast, Outlook
from fpt_core.jobs.measurements import Question, answer
from fpt_core.jobs.requests import ForecastRequest, TrainRequest
from fpt_core.jobs.run_log import from_settings, queued_request


def forecast(request: ForecastRequest) -> Generator[Event, None, None]:
    """The forecast job: an outlook on every run of the queue and on the last one, if it can go on.

    ``Finished`` carries what ``Forecast.to_dict`` gives. A run that cannot be estimated says why.

    Raises:
        DatasetError: If the project holds no image to train on.
    """
    project = Project.open(request.project)
    queue, last = project.queue(), _last(project)
    progress = [Progress(MEASURING, done, len(queue) + 1) for done in range(len(queue) + 1)]
    work = Workload(project)
    found: dict[int, Outlook] = {}
    for entry, begun in zip(queue, progress, strict=False):
        found[entry.id] = yield from _outlook(project, work, entry, begun, request.measures)
    left = None
    if last is not None:
        work = Workload(project)  # it may go on before the queue does
        left = yield from _outlook(project, work, last, progress[-1], request.measures)
    yield Finished(Forecast(found, left).to_dict())


def _last(project: Project) -> QueuedRun | None:
    """The latest run as if it waited, where it can go on."""
    run = next(iter(project.runs()), None)
    if run is None or not run.resumable:
        return None
    return QueuedRun(0, run.created, run.settings, run.id)


def _outlook(
    project: Project, work: Workload, entry: QueuedRun, progress: Progress, measures: bool
) -> Generator[Event, None, Outlook]:
    try:
        request = queued_request(entry, project.path)
        _, recipe = from_settings(entry.settings, project.path)
        cost = yield from _cost(project, work, request, recipe, progress, measures)
    except FptError as error:
        return Outlook(None, error.message)
    return Outlook(cost)


def _cost(
    project: Project,
    work: Workload,
    request: TrainRequest,
    recipe: PixelRecipe,
    progress: Progress,
    measures: bool,
) -> Generator[Event, None, Cost]:
    """The whole run's; of one that goes on, what its own steps say is left."""
    prepare, training = filled_in(request.prepare), request.training
    question = Question(prepare, work.batch_size(training), work.images, recipe)
    found = (yield from telling(answer(question, measures=measures), progress)).measured
    to_prepare = work.to_prepare(found.store)
    work.will_prepare(found.store)
    free = Free.now(project, torch.device(prepare.device), others_end=not measures)
    cost = expected_cost(found, prepare.method, training, work, to_prepare, free)
    left = None if request.resume is None else seconds_left(project.runs_dir / request.resume)
    return cost if left is None else dataclasses.replace(cost, train_s=training_time(left))
