"""`fpt feedback`."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from fpt_core.commands.arguments import add_project
from fpt_core.commands.command import Result, run_job
from fpt_core.commands.screen import Screen
from fpt_core.errors import ConfigError

HELP = "Verdicts of readers: write them as CSV, or take them over as labels."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What goes out, what comes in, and what is doubtful."""
    add_project(parser)
    way = parser.add_mutually_exclusive_group()
    way.add_argument("--export", type=Path, metavar="FILE.csv", help="write all verdicts")
    way.add_argument(
        "--import",
        dest="table",
        type=Path,
        metavar="FILE.csv",
        help="show which labels these verdicts would change; --apply changes them",
    )
    way.add_argument(
        "--doubtful",
        metavar="RUN",
        help="list labels that the run contradicts, for the Dataset panel and here",
    )
    parser.add_argument("--apply", action="store_true", help="change the labels")
    parser.add_argument(
        "--images", type=Path, metavar="FOLDER", help="where images lie that the project lacks"
    )


def run(arguments: argparse.Namespace, screen: Screen) -> Result:
    """Do the one that was asked for, or tell all verdicts."""
    import dataclasses

    from fpt_core.dataset.feedback import export_verdicts
    from fpt_core.dataset.project import Project

    project = Project.open(arguments.project)
    if (arguments.apply or arguments.images) and not arguments.table:
        raise ConfigError("--apply and --images belong to --import.", "Give a table of verdicts.")
    result: Result = {"project": str(project.path)}
    if arguments.export:
        number = export_verdicts(project, arguments.export)
        return result | {"exported": number, "file": str(arguments.export)}
    if arguments.doubtful:
        from fpt_core.evaluation.doubtful_labels import find_doubtful_labels, keep_doubtful_labels

        found = find_doubtful_labels(project, arguments.doubtful)
        keep_doubtful_labels(project, found)
        paths = {image.id: str(image.path) for image in project.images()}
        rows = [dataclasses.asdict(d) | {"path": paths[d.image_id]} for d in found.labels]
        return result | {"source": found.source, "looked_at": found.images, "doubtful": rows}
    if arguments.table:
        return result | _imported(project.path, arguments, screen)
    return result | {"verdicts": [dataclasses.asdict(v) for v in project.verdicts()]}


def _imported(path: Path, arguments: argparse.Namespace, screen: Screen) -> Result:
    from fpt_core.dataset.feedback import (
        NEW_IMAGE_COLUMNS,
        apply_labels,
        new_image_table,
        plan_labels,
        read_verdicts,
    )
    from fpt_core.dataset.project import Project
    from fpt_core.jobs.requests import ImportRequest

    project = Project.open(path)
    verdicts = read_verdicts(arguments.table)
    plan = plan_labels(project, verdicts)
    result: Result = {
        "applied": arguments.apply,
        "changes": [
            {"path": str(c.image.path), "from": c.image.class_name, "to": c.class_name}
            | {"reader": c.reader}
            for c in plan.changes
        ],
        "as_labelled": plan.as_labelled,
        "without_class": plan.open,
        "disputed": list(plan.disputed),
        "new": len(plan.new),
    }
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder) / "new.csv"
        found = 0
        if arguments.images:
            axis = project.recipe().volume_axis
            found, missing = new_image_table(plan.new, arguments.images, axis, table)
            result |= {"found": found, "missing": missing}
        if arguments.apply:
            project.keep_verdicts(verdicts)
            apply_labels(project, plan.changes)
            if found:
                request = ImportRequest(path, arguments.images, table, NEW_IMAGE_COLUMNS)
                result["added"] = run_job(request, screen)["images"]
    return result


def show(arguments: argparse.Namespace, result: Result) -> None:
    """A line for each verdict, doubt or change."""
    if arguments.export:
        print(f"{result['exported']} verdicts written to {result['file']}")
    elif arguments.doubtful:
        for row in result["doubtful"]:
            print(
                f"{row['label']:<20} {row['probability']:.2f}  rather {row['suggested']:<20}"
                f" {row['suggested_probability']:.2f}  {row['path']}"
            )
        print(f"{len(result['doubtful'])} of {result['looked_at']} labels ({result['source']})")
    elif arguments.table:
        _show_changes(result)
    else:
        for row in result["verdicts"]:
            word = "agree" if row["agrees"] else "disagree"
            print(f"{row['image_hash'][:12]}  {word:<9} {row['class_name']:<20} {row['note']}")
        print(f"{len(result['verdicts'])} verdicts")


def _show_changes(result: Result) -> None:
    for row in result["changes"]:
        print(f"{row['from']:<20} -> {row['to']:<20} {row['path']}")
    done = "changed" if result["applied"] else "would change; --apply changes them"
    print(f"{len(result['changes'])} labels {done}. {result['as_labelled']} are so already.")
    if result["new"]:
        where = f", {result['found']} found" if "found" in result else "; --images says where"
        print(f"{result['new']} images are not in the project{where}.")
    if result["disputed"]:
        print(f"{len(result['disputed'])} images are called differently by readers: left as is.")
