"""`fpt estimate`."""

from __future__ import annotations

import argparse

from fpt_core.commands.arguments import (
    add_preparation,
    add_project,
    add_training,
    prepare_request,
    training_config,
)
from fpt_core.commands.command import Result, run_job
from fpt_core.commands.screen import Screen
from fpt_core.jobs.estimates import Cost, Estimate, Expected
from fpt_core.jobs.requests import EstimateRequest, TrainRequest

HELP = "What training would take on this machine, and whether it fits, before it starts."
_MB = 1e6


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The settings of the run to be."""
    add_project(parser)
    add_training(parser)
    add_preparation(parser)
    parser.add_argument("--from-run", metavar="RUN", help="again, with the settings of a run")
    parser.add_argument("--afresh", action="store_true", help="measure again, whatever was kept")


def run(arguments: argparse.Namespace, screen: Screen) -> Result:
    """Measure what was not measured before."""
    request = TrainRequest(prepare_request(arguments, arguments.method), training_config(arguments))
    if arguments.from_run is not None:
        from fpt_core.dataset.project import Project
        from fpt_core.jobs.run_log import from_settings

        project = Project.open(arguments.project)
        request, _ = from_settings(project.run(arguments.from_run).settings, project.path)
    return run_job(EstimateRequest(request.prepare, request.training, arguments.afresh), screen)


def show(arguments: argparse.Namespace, result: Result) -> None:
    """A line for each method, and whether the chosen one fits."""
    found = Estimate.from_dict(result)
    print(
        f"{found.images} images of {found.image_size} px on {found.backbone}, batch "
        f"{found.batch_size}, {found.epochs} epochs, on the {found.device}; "
        f"{found.to_prepare} images are still to be prepared."
    )
    print(f"{'method':<16} {'memory MB':>22} {'disk MB':>9} {'prepare s':>18} {'train s':>20}")
    for cost in (found.chosen, *found.beside):
        _show_cost(cost)
    for problem in found.problems:
        print(f"Does not fit: {problem}")
    if found.nearest is not None:
        print(f"This should fit: {found.nearest.text}.")


def _show_cost(cost: Cost) -> None:
    print(
        f"{cost.method:<16} {_range(cost.memory_bytes, _MB):>22} "
        f"{cost.disk_bytes.value / _MB:>9,.0f} {_range(cost.prepare_s):>18} "
        f"{_range(cost.train_s):>20}" + ("" if cost.fits else "  does not fit")
    )


def _range(expected: Expected, unit: float = 1.0) -> str:
    value, low, high = (number / unit for number in (expected.value, expected.low, expected.high))
    return f"{value:,.0f} ({low:,.0f}-{high:,.0f})"
