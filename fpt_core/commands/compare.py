"""`fpt compare`."""

from __future__ import annotations

import argparse
import dataclasses
from typing import Any

from fpt_core.commands.arguments import add_project
from fpt_core.commands.command import Result, run_job
from fpt_core.commands.figures import auc_text
from fpt_core.commands.screen import Screen
from fpt_core.evaluation.figure_words import figure_text
from fpt_core.jobs.requests import CompareRequest

HELP = "All runs of a project side by side, or named ones by test."


_NOTE = (
    "Test AUC with its 95 % interval; memory: the most that training held; seconds: preparation "
    "of all images\nand training steps; PPE, PME: the AUC weighed against learnable share, memory."
)
_ESTIMATED = (
    "PME without a run of full fine-tuning on the same backbone and size takes its memory as "
    "estimated."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The project, and the runs to test against each other."""
    add_project(parser)
    parser.add_argument("runs", nargs="*", metavar="RUN", help="whether these differ")


def run(arguments: argparse.Namespace, screen: Screen) -> Result:
    """List all runs, or test the named ones; either is a look at the test split."""
    from fpt_core.dataset.project import Project
    from fpt_core.method_table import method_table

    if arguments.runs:
        return run_job(CompareRequest(arguments.project, tuple(arguments.runs)), screen)
    project = Project.open(arguments.project)
    runs = project.runs()
    shown = sum("test" in run.metrics for run in runs)
    if shown:
        project.record_test_look(f"list of {shown} runs")
    models = {run.id: run.model_path for run in runs}
    return {
        "project": str(arguments.project),
        "runs": [
            dataclasses.asdict(row)
            | {
                "ppe": row.ppe,
                "pme": row.pme,
                "model": None if models[row.run] is None else str(models[row.run]),
            }
            for row in method_table(runs)
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
        f"{'method':<16} {'px':>5} {'backbone':<24} {'test AUC':>19} {'learnable':>10} "
        f"{'memory':>9} {'seconds':>8} {'PPE':>6} {'PME':>6}  run"
    )
    for run in result["runs"]:
        status = "" if run["status"] == "finished" else f" ({run['status']})"
        print(
            f"{run['method']:<16} {run['image_size'] or '-':>5} {run['backbone']:<24.24} "
            f"{auc_text(run['metrics'].get('test', {})):>19} {_cost(run)}  {run['run']}{status}"
        )
    print(_NOTE)
    if any(run["cost"] is not None and not run["ratio_measured"] for run in result["runs"]):
        print(_ESTIMATED)


def _cost(run: dict[str, Any]) -> str:
    cost = run["cost"]
    if cost is None:
        return f"{'-':>10} {'-':>9} {'-':>8} {'-':>6} {'-':>6}"
    share = cost["trainable_parameters"] / cost["total_parameters"]
    seconds = cost["preparation_s"] + cost["training_s"]
    scores = (f"{value:.3f}" if value is not None else "-" for value in (run["ppe"], run["pme"]))
    ppe, pme = scores
    return (
        f"{share:>10.2%} {cost['peak_memory_bytes'] / 1e6:>6,.0f} MB {seconds:>8,.0f} "
        f"{ppe:>6} {pme:>6}"
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
