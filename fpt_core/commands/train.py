"""`fpt train`."""

from __future__ import annotations

import argparse

from fpt_core.commands.arguments import (
    add_preparation,
    add_project,
    add_training,
    prepare_request,
    training_config,
)
from fpt_core.commands.command import Result, run_job, show_result
from fpt_core.commands.screen import Screen
from fpt_core.jobs.requests import TrainRequest

HELP = "Train a model; prepares what is missing by itself."
show = show_result


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The method and its settings, or a run that has them."""
    add_project(parser)
    add_training(parser)
    known = parser.add_mutually_exclusive_group()
    known.add_argument("--resume", metavar="RUN", help="go on with a run, with its own settings")
    known.add_argument(
        "--from-run", metavar="RUN", help="a new run with the settings of one that there is"
    )
    parser.add_argument(
        "--enqueue", action="store_true", help="let it wait for `fpt queue --run` or the window"
    )
    add_preparation(parser)


def run(arguments: argparse.Namespace, screen: Screen) -> Result:
    """Prepare what is missing, then train; or put the run into the queue."""
    prepare = prepare_request(arguments, arguments.method)
    request = TrainRequest(
        prepare, training_config(arguments), arguments.resume, arguments.from_run
    )
    if not arguments.enqueue:
        return run_job(request, screen)

    from fpt_core.dataset.project import Project
    from fpt_core.jobs.run_log import enqueue

    project = Project.open(arguments.project)
    return {"project": str(project.path), "queued": enqueue(project, request)}
