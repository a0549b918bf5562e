"""The command line of `fpt import`: its arguments, and what it shows."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any, get_args

from fpt_core.dataset.frames import FrameRule
from fpt_core.dataset.importers.columns import ColumnChoice, Join
from fpt_core.jobs.requests import ImportRequest

_COUNTS = {
    "images": "new",
    "changed": "changed",
    "moved": "moved",
    "relabelled": "relabelled",
    "already_there": "as they were",
    "vanished": "vanished",
}


def add_import_arguments(parser: argparse.ArgumentParser) -> None:
    """The source, and how it is to be understood."""
    parser.add_argument(
        "source", type=Path, metavar="SOURCE", help="folder, archive, or table of files and labels"
    )
    parser.add_argument("--labels", type=Path, metavar="TABLE", help="table of labels for SOURCE")
    for column in ("label", "path", "patient", "split", "frame"):
        parser.add_argument(f"--{column}-column", metavar="NAME")
    parser.add_argument(
        "--join", choices=get_args(Join), help="what the path column holds; default: guessed"
    )
    parser.add_argument(
        "--keep-column",
        action="append",
        default=[],
        metavar="NAME",
        help="a column to keep with the images, such as site or sex; may be repeated",
    )
    parser.add_argument("--label-tag", metavar="KEYWORD", help="DICOM attribute that is the label")
    parser.add_argument(
        "--patient-pattern",
        metavar="REGEX",
        help=r"its first group is the patient in a file's path, such as '([^/]+)_[LR]\.jpg$'",
    )
    parser.add_argument(
        "--frames",
        default="all",
        metavar="RULE",
        help="frames and slices to take: all, middle, or every:N",
    )
    parser.add_argument("--val", type=float, default=0.1, help="share of validation")
    parser.add_argument("--test", type=float, default=0.3, help="share of test")
    parser.add_argument(
        "--folds", type=int, default=0, help="cross-validation folds over all but test; 0: none"
    )
    parser.add_argument("--seed", type=int, default=0)


def import_request(arguments: argparse.Namespace) -> ImportRequest:
    """What was asked for."""
    return ImportRequest(
        project=arguments.project,
        source=arguments.source,
        labels=arguments.labels,
        columns=ColumnChoice(
            key=arguments.path_column,
            label=arguments.label_column,
            patient=arguments.patient_column,
            split=arguments.split_column,
            frame=arguments.frame_column,
            join=arguments.join,
            keep=tuple(arguments.keep_column),
        ),
        label_tag=arguments.label_tag,
        patient_pattern=arguments.patient_pattern,
        frames=FrameRule.parse(arguments.frames),
        val_share=arguments.val,
        test_share=arguments.test,
        folds=arguments.folds,
        seed=arguments.seed,
    )


def print_import(result: dict[str, Any]) -> None:
    """How many images came, by class and split, and what was left out."""
    print(f"{'project':<12} {result['project']}")
    counts = [f"{result[key]:,} {text}" for key, text in _COUNTS.items() if result[key]]
    print(f"{'images':<12} {', '.join(counts) or 'none'}")
    patients = result["patients"]
    print(f"{'patients':<12} {'unknown' if patients is None else f'{patients:,}'}")
    for name, splits in result["classes"].items():
        each = ", ".join(f"{split} {number:,}" for split, number in splits.items())
        print(f"{name:<12} {each}")
    print(f"{'skipped':<12} {len(result['skipped']):,} files")
    for file in result["skipped"]:
        print(f"{'':<12} {file['path']}: {file['reason']}")
