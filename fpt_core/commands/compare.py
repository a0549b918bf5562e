"""`fpt compare`."""

from __future__ import annotations

import argparse

from fpt_core.commands.arguments import add_project
from fpt_core.commands.command import Result, run_job
from fpt_core.commands.figures import auc_text
from fpt_core.commands.screen import Screen
from fpt_core.evaluation.figure_words import figure_text
from fpt_core.jobs.requests import CompareRequest

HELP = "All runs of a project side by side, or named ones by test."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The project, and the runs to test against each other."""
    add_project(parser)
    parser.add_argument("runs", nargs="*", metavar="RUN", help="whether these differ")


def run(arguments: argparse.Namespace, screen: Screen) -> Result:
    """List all runs, or test the named ones; either is a look at the test split."""
    from fpt_core.dataset.project import Project

    if arguments.runs:
        return run_job(CompareRequest(arguments.project, tuple(arguments.runs)), screen)
    project = Project.open(arguments.project)
    runs = project.runs()
    shown = sum("test" in run.metrics for run in runs)
    if shown:
        project.record_test_look(f"list of {shown} runs")
    return {
        "project": str(arguments.project),
        "runs": [
            {
                "run": run.id,
                "created": run.created,
                "method": run.method,
                "backbone": run.backbone,
                "status": run.status,
                "image_size": run.settings["prepare"]["image_size"],
                "metrics": run.metrics,
                "model": None if run.model_path is None else str(run.model_path),
            }
            for run in runs
        ],
    }


def show(arguments: argparse.Namespace, result: Result) -> None:
    """The list of runs, or the tests."""
    if arguments.runs:
        _show_tests(result)
    else:
        _show_runs(result)


def _show_runs(result: Result) -> None:
    """All runs as a table, the newest first."""
    if not result["runs"]:
        print("The project has no runs yet: `fpt train` makes one.")
        return
    print(
        f"{'run':<36} {'method':<13} {'backbone':<26} {'status':<12} "
        f"{'val AUC':>22} {'test AUC':>22}"
    )
    for run in result["runs"]:
        val, test = (auc_text(run["metrics"].get(split, {})) for split in ("val", "test"))
        print(
            f"{run['run']:<36} {run['method']:<13} {run['backbone']:<26} {run['status']:<12} "
            f"{val:>22} {test:>22}"
        )


def _show_tests(result: Result) -> None:
    """Paired comparisons, a line each."""
    print(f"On the same {result['images']} images of {result['patients']} patients:")
    for row in result["comparisons"]:
        p_values = [
            f"p {row[name]:.3g} ({label})"
            for name, label in (("p_bootstrap", "bootstrap"), ("p_delong", "DeLong"))
            if row[name] is not None
        ]
        print(f"{row['figure']:<9} {row['first']} less {row['second']}")
        print(f"          {figure_text(row['difference'])}  {', '.join(p_values)}")
    print("P values are corrected for all pairs by Holm's method.")
    for note in result["notes"]:
        print(f"Note: {note}")
