"""`fpt report`."""

from __future__ import annotations

import argparse
from pathlib import Path

from fpt_core.commands.arguments import add_inference
from fpt_core.commands.command import Result, run_job
from fpt_core.commands.evaluate import pair, share
from fpt_core.commands.screen import Screen
from fpt_core.errors import ConfigError
from fpt_core.jobs.requests import ReportRequest

HELP = "Write what can be published of a run: HTML, JSON and a model card."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The run, and what is shown of it."""
    parser.add_argument(
        "run", type=Path, metavar="RUN", help="the run's folder, or the model file in it"
    )
    parser.add_argument("--output", type=Path, metavar="DIR", help="default: the run's folder")
    parser.add_argument(
        "--by", action="append", default=[], metavar="COLUMN", help="figures by patient and column"
    )
    parser.add_argument(
        "--subgroups",
        action="append",
        metavar="COLUMN",
        help="its groups apart; default: all kept columns that name nobody",
    )
    parser.add_argument(
        "--prevalence",
        action="append",
        default=[],
        type=pair,
        metavar="CLASS=SHARE",
        help="predictive values where this share of people are of the class",
    )
    parser.add_argument(
        "--example",
        action="append",
        default=[],
        type=Path,
        metavar="FILE",
        help="an image to show with what the model read; none unless picked",
    )
    add_inference(parser)


def run(arguments: argparse.Namespace, screen: Screen) -> Result:
    """Write the three files; it is a look at the test split."""
    place = arguments.run.resolve()
    folder = place.parent if place.is_file() else place
    project = folder.parent.parent
    if folder.parent.name != "runs":
        raise ConfigError(
            f"{arguments.run} is no run's folder.", "Give study.fptproject/runs/RUN, say."
        )
    request = ReportRequest(
        project=project,
        run=folder.name,
        output=arguments.output,
        by=tuple(arguments.by),
        subgroups=None if arguments.subgroups is None else tuple(arguments.subgroups),
        prevalence=tuple((name, share(text)) for name, text in arguments.prevalence),
        examples=_numbers(project, arguments.example),
        weights=arguments.weights,
        device=arguments.device,
    )
    return run_job(request, screen)


def show(arguments: argparse.Namespace, result: Result) -> None:
    """The files, and what is still to be written."""
    for key, words in (("report", "report"), ("json", "as JSON"), ("model_card", "model card")):
        print(f"{words:<12} {result[key]}")
    for name, counts in result["guidelines"].items():
        total = sum(counts.values())
        print(
            f"{name.upper():<12} {counts['program']} of {total} items answered by the program, "
            f"{counts['author']} by the author, {counts['open']} to be written (`fpt statement`), "
            f"{counts['not-applicable']} do not apply"
        )


def _numbers(project: Path, files: list[Path]) -> tuple[int, ...]:
    """The images of files, each file's first frame that is in the project."""
    from fpt_core.dataset.project import Project

    if not files:
        return ()
    ids = {image.path: image.id for image in reversed(Project.open(project).images())}
    for file in files:
        if file.absolute() not in ids:
            raise ConfigError(
                f"{file.name} is no image of {project.name}.", "Pick images of the project."
            )
    return tuple(ids[file.absolute()] for file in files)
