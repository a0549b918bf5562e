"""What preparation and training would take, from the job in miniature on this machine."""

from __future__ import annotations

import dataclasses
from collections.abc import Generator, Mapping

import torch

from fpt_core.dataset.project import Project
from fpt_core.events import Estimated, Event, Finished, Progress
from fpt_core.jobs.costing import Free, Workload, expected_cost, filled_in
from fpt_core.jobs.estimates import Estimate, NotMeasuredError
from fpt_core.jobs.measurements import Answer, Question, answer
from fpt_core.jobs.nearest import Needs, Settings, nearest
from fpt_core.jobs.requests import EstimateRequest, PrepareRequest

MEASURING = "Measuring this machine"
"""The stage that is told."""


def estimate(request: EstimateRequest) -> Generator[Event, None, None]:
    """The estimation job: measures what was not measured before, and finishes with an estimate.

    ``Estimated`` and ``Finished`` carry what ``Estimate.to_dict`` gives.

    Raises:
        ConfigError: If the settings cannot be used.
        DatasetError: If the project holds no image to train on.
        NotMeasuredError: If they were not measured before and may not be now.
        ProcessDiedError: If not even the miniature fits into memory.
    """
    project = Project.open(request.prepare.project)
    work = Workload(project)
    prepare = filled_in(request.prepare)
    methods = tuple(dict.fromkeys((prepare.method, *request.beside)))
    batch, recipe = work.batch_size(request.training), project.recipe()
    found: dict[str, Answer] = {}
    for done, method in enumerate(methods):
        one = dataclasses.replace(prepare, method=method)
        asked = answer(
            Question(one, batch, work.images, recipe),
            afresh=request.afresh,
            measures=request.measures,
        )
        try:
            found[method] = yield from telling(asked, Progress(MEASURING, done, len(methods)))
        except NotMeasuredError:
            if method == prepare.method:
                raise  # the others are there to compare with
        if method == prepare.method and len(methods) > 1:
            yield Estimated(_estimate(project, prepare, request, work, found).to_dict())
    yield Progress(MEASURING, len(methods), len(methods))
    yield Finished(_estimate(project, prepare, request, work, found).to_dict())


def telling(
    asked: Generator[None, None, Answer], progress: Progress
) -> Generator[Event, None, Answer]:
    """Tell ``progress`` whenever ``asked`` would wait, so that the job can be stopped there."""
    while True:
        try:
            next(asked)
        except StopIteration as end:
            found: Answer = end.value
            return found
        yield progress


def _estimate(
    project: Project,
    prepare: PrepareRequest,
    request: EstimateRequest,
    work: Workload,
    found: Mapping[str, Answer],
) -> Estimate:
    chosen, training = found[prepare.method], request.training
    to_prepare = work.to_prepare(chosen.measured.store)
    device = torch.device(prepare.device)
    free = Free.now(project, device, others_end=not request.measures)
    costs = {
        method: expected_cost(
            one.measured,
            method,
            training,
            work,
            to_prepare if method == prepare.method else len(work.images),
            free,
        )
        for method, one in found.items()
    }
    assert prepare.image_size is not None, "it was filled in"
    settings = Settings(
        prepare.method, prepare.image_size, work.batch_size(training), prepare.dtype
    )
    needs = Needs(
        chosen.measured,
        len(work.images),
        to_prepare,
        device.type,
        free.memory_bytes,
        free.disk_bytes,
    )
    problems = needs.problems(settings, costs[prepare.method])
    return Estimate(
        project=str(project.path),
        backbone=chosen.measured.backbone,
        image_size=prepare.image_size,
        batch_size=settings.batch_size,
        epochs=training.epochs,
        dtype=prepare.dtype,
        images=len(work.images),
        to_prepare=to_prepare,
        device=device.type,
        free_memory_bytes=free.memory_bytes,
        free_disk_bytes=free.disk_bytes,
        chosen=costs[prepare.method],
        beside=tuple(cost for method, cost in costs.items() if method != prepare.method),
        problems=problems,
        nearest=nearest(settings, needs) if problems else None,
        measured=chosen.when,
        kept=chosen.kept,
    )
