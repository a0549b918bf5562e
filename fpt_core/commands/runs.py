"""`fpt runs`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fpt_core.commands.arguments import add_project
from fpt_core.commands.command import Result
from fpt_core.commands.figures import auc_text
from fpt_core.commands.screen import Screen

if TYPE_CHECKING:
    from fpt_core.dataset.project import Project

HELP = "The runs of a project: list, name, star, delete, restore, compare settings, export."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What is to be done; nothing: the runs are listed."""
    add_project(parser)
    do = parser.add_mutually_exclusive_group()
    do.add_argument("--rename", nargs=2, metavar=("RUN", "NAME"))
    do.add_argument("--note", nargs=2, metavar=("RUN", "TEXT"))
    do.add_argument("--star", metavar="RUN")
    do.add_argument("--unstar", metavar="RUN")
    do.add_argument("--trash", metavar="RUN", help="delete, until it is restored")
    do.add_argument("--restore", metavar="RUN", help="take it out of the trash")
    do.add_argument("--empty-trash", action="store_true", help="delete for good")
    do.add_argument("--differences", nargs="+", metavar="RUN", help="settings that differ")
    parser.add_argument("--trashed", action="store_true", help="those in the trash")
    parser.add_argument("--csv", type=Path, metavar="FILE", help="write all as a table")


def run(arguments: argparse.Namespace, screen: Screen) -> Result:
    """Make the change, then say what runs there are; with their results a look at the test."""
    from fpt_core.dataset.project import Project
    from fpt_core.dataset.run_pace import seconds_left
    from fpt_core.dataset.run_settings import differences, write_runs

    project = Project.open(arguments.project)
    _change(project, arguments)
    if arguments.differences:
        compared = [project.run(run_id) for run_id in arguments.differences]
        return {"runs": arguments.differences, "differences": differences(compared)}
    runs = project.runs(trashed=arguments.trashed)
    if shown := sum("test" in run.metrics for run in runs):
        project.record_test_look(f"list of {shown} runs")
    if arguments.csv is not None:
        write_runs(arguments.csv, runs)
    return {
        "project": str(project.path),
        "runs": [
            {
                "run": run.id,
                "name": run.name,
                "created": run.created,
                "method": run.method,
                "backbone": run.backbone,
                "status": run.status,
                "starred": run.starred,
                "note": run.note,
                "metrics": run.metrics,
                "left_s": seconds_left(project.runs_dir / run.id) if run.resumable else None,
            }
            for run in runs
        ],
    }


def _change(project: Project, arguments: argparse.Namespace) -> None:
    changes: dict[str, Any] = {
        "rename": lambda given: project.rename_run(*given),
        "note": lambda given: project.note_run(*given),
        "star": project.star_run,
        "unstar": lambda given: project.star_run(given, False),
        "trash": project.trash_run,
        "restore": project.restore_run,
        "empty_trash": lambda _: project.empty_trash(),
    }
    for name, change in changes.items():
        if given := getattr(arguments, name):
            change(given)


def show(arguments: argparse.Namespace, result: Result) -> None:
    """A line for each run, or for each setting that differs."""
    if "differences" in result:
        for name, values in result["differences"].items():
            print(f"{name:<28} {'   '.join(map(str, values))}")
        return
    for run in result["runs"]:
        star = "*" if run["starred"] else " "
        auc = auc_text(run["metrics"].get("test", {}))
        print(f"{star} {run['run']:<36} {run['name']:<36} {run['status']:<12} {auc:>22}")
        if run["left_s"] is not None:
            print(f"  about {run['left_s']:,.0f} s left: fpt train PROJECT --resume {run['run']}")
        if run["note"]:
            print(f"  {run['note']}")
