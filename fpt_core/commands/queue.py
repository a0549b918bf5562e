"""`fpt queue`."""

from __future__ import annotations

import argparse

from fpt_core.commands.arguments import add_project
from fpt_core.commands.command import Result, drawn
from fpt_core.commands.screen import Screen

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
    return {
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
    for place, entry in enumerate(result["waiting"], 1):
        prepare, training = entry["settings"]["prepare"], entry["settings"]["training"]
        what = f"resumes {entry['resume']}" if entry["resume"] else prepare["method"]
        print(f"{place:>3}. number {entry['number']:<4} {what}, {training['epochs']} epochs")
