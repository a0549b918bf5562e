"""`fpt queue`."""

from __future__ import annotations

import argparse

from fpt_core.commands.arguments import add_project
from fpt_core.commands.command import Result, drawn, run_job
from fpt_core.commands.screen import Screen
from fpt_core.jobs.estimates import Forecast, Outlook
from fpt_core.jobs.requests import ForecastRequest

HELP = "The runs that wait: list, reorder or run them. `fpt train --enqueue` adds one."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What is to be done with the queue; nothing: it is listed."""
    add_project(parser)
    change = parser.add_mutually_exclusive_group()
    change.add_argument("--run", action="store_true", help="train all that waits")
    change.add_argument(
        "--move", nargs=2, type=int, metavar=("NUMBER", "PLACE"), help="to a place, from 1"
    )
    change.add_argument("--remove", type=int, metavar="NUMBER", help="take one out")
    change.add_argument("--estimate", action="store_true", help="what each of them will take")


def run(arguments: argparse.Namespace, screen: Screen) -> Result:
    """Run the queue, or change it and say what is in it."""
    from fpt_core.dataset.project import Project

    if arguments.run:
        from fpt_core.jobs.run_queue import run_queue

        return drawn(run_queue(arguments.project), screen)
    project = Project.open(arguments.project)
    if arguments.move is not None:
        number, place = arguments.move
        project.move_queued(number, place - 1)
    if arguments.remove is not None:
        project.remove_queued(arguments.remove)
    result: Result = {
        "project": str(project.path),
        "waiting": [
            {
                "number": entry.id,
                "created": entry.created,
                "resume": entry.resume,
                "settings": entry.settings,
            }
            for entry in project.queue()
        ],
    }
    if arguments.estimate:
        result["forecast"] = run_job(ForecastRequest(arguments.project), screen)
    return result


def show(arguments: argparse.Namespace, result: Result) -> None:
    """What waits, or what was trained."""
    if arguments.run:
        for finished in result["runs"]:
            print(f"{finished['run']:<36} {finished['method']}")
        for failure in result["failed"]:
            print(f"Failed: {failure['message']} {failure['remedy']}")
        return
    if not result["waiting"]:
        print("Nothing waits: `fpt train --enqueue` adds a run.")
    outlooks = Forecast.from_dict(result["forecast"]).queue if "forecast" in result else {}
    for place, entry in enumerate(result["waiting"], 1):
        prepare, training = entry["settings"]["prepare"], entry["settings"]["training"]
        what = f"resumes {entry['resume']}" if entry["resume"] else prepare["method"]
        print(
            f"{place:>3}. number {entry['number']:<4} {what}, {training['epochs']} epochs"
            + _told(outlooks.get(entry["number"]))
        )
    known = [outlook.cost.seconds for outlook in outlooks.values() if outlook.cost is not None]
    if known:
        print(f"About {sum(one.value for one in known):,.0f} s in all.")


def _told(outlook: Outlook | None) -> str:
    if outlook is None:
        return ""
    if outlook.cost is None:
        return f": {outlook.why_not}"
    cost = outlook.cost
    taken = f"about {cost.seconds.value:,.0f} s, {cost.memory_bytes.value / 1e6:,.0f} MB of memory"
    return f", {taken}{'' if cost.fits else ', does not fit'}"
