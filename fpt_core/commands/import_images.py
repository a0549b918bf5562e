"""`fpt import`."""

from __future__ import annotations

import argparse
import dataclasses
import json
from pathlib import Path
from typing import Any, get_args

from fpt_core.commands.arguments import add_project
from fpt_core.commands.command import Result, run_job
from fpt_core.commands.screen import Screen
from fpt_core.dataset.frames import FrameRule
from fpt_core.dataset.importers.columns import ColumnChoice, Join
from fpt_core.jobs.requests import ImportRequest

HELP = "Read a folder, an archive or a table into a project."

_COUNTS = {
    "images": "new",
    "changed": "changed",
    "moved": "moved",
    "relabelled": "relabelled",
    "already_there": "as they were",
    "vanished": "vanished",
}
_COLUMNS = {
    "label": "column of the table with the class of each image; guessed if not given",
    "path": "column that names the file, or holds the identifier that --join says",
    "patient": "column that says whose image it is; '' if none does, though one seems to",
    "split": "column that says train, val or test",
    "frame": "column with the number of the frame or slice, from 0",
}
_KINDS = {
    "class-folders": "folders of images",
    "table": "images and a table",
    "dicom": "a DICOM archive",
    "npz": "an archive of arrays",
}
_NO_CLASSES = "none found: give a table (--labels), a column or a DICOM attribute"
_GUESSED = ("label", "patient", "split", "frame")
_MOST_NAMES = 12
_WIDEST = 24


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The source, and how it is to be understood."""
    add_project(parser)
    parser.add_argument(
        "source", type=Path, metavar="SOURCE", help="folder, archive, or table of files and labels"
    )
    parser.add_argument("--labels", type=Path, metavar="TABLE", help="table of labels for SOURCE")
    parser.add_argument(
        "--show",
        dest="look",
        action="store_true",
        help="only show what SOURCE seems to be and how it would be read; import nothing",
    )
    for column, text in _COLUMNS.items():
        parser.add_argument(f"--{column}-column", metavar="NAME", help=text)
    parser.add_argument(
        "--join",
        choices=get_args(Join),
        help="what the path column holds: a file, or a DICOM identifier; guessed if not given",
    )
    parser.add_argument(
        "--keep-column",
        action="append",
        default=[],
        metavar="NAME",
        help="a column to keep with the images, such as site or sex; may be repeated",
    )
    parser.add_argument(
        "--label-tag",
        metavar="KEYWORD",
        help="take the label from this DICOM attribute, such as BodyPartExamined",
    )
    parser.add_argument(
        "--patient-pattern",
        metavar="REGEX",
        help="where only file names tell the patient: a regular expression whose first group is "
        r"the patient, such as '([^/]+)_[LR]\.jpg$'; --show suggests one",
    )
    parser.add_argument(
        "--frames",
        default="all",
        metavar="RULE",
        help="which slices of a series or frames of a file to take: all, middle, or every:N",
    )
    parser.add_argument("--val", type=float, default=0.1, help="share of validation")
    parser.add_argument("--test", type=float, default=0.3, help="share of test")
    parser.add_argument(
        "--folds", type=int, default=0, help="cross-validation folds over all but test; 0: none"
    )
    parser.add_argument("--seed", type=int, default=0)


def run(arguments: argparse.Namespace, screen: Screen) -> Result:
    """Import the source, or only look at it."""
    return _look_at(arguments) if arguments.look else run_job(_request(arguments), screen)


def show(arguments: argparse.Namespace, result: Result) -> None:
    """What came, or what is there."""
    if arguments.look:
        _show_sketch(result)
    else:
        _show_import(result)


def _request(arguments: argparse.Namespace) -> ImportRequest:
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


def _show_import(result: Result) -> None:
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


def _look_at(arguments: argparse.Namespace) -> Result:
    """What the source seems to be."""
    from fpt_core.dataset.importers.sketch import sketch

    found = sketch(arguments.source, arguments.labels)
    result: Result = json.loads(json.dumps(dataclasses.asdict(found), default=str))
    return result


def _show_sketch(result: Result) -> None:
    """What a source seems to be, and what could be added to the command."""
    print(f"{'source':<12} {result['source']}: {_KINDS[result['kind']]}")
    print(f"{'images':<12} {result['num_files']:,} files")
    names = result["class_names"]
    shown = ", ".join([*names[:_MOST_NAMES], *["..."] * (len(names) > _MOST_NAMES)])
    print(f"{'classes':<12} {f'{len(names)}: {shown}' if names else _NO_CLASSES}")
    print(f"{'patients':<12} {_patients(result)}")
    if result["has_slices"]:
        print(f"{'slices':<12} some files are slices or have frames: choose them by --frames")
    if result["table"] is not None:
        _print_table(result["table"])
    for keyword, count in result["label_tags"]:
        print(f"{'attribute':<12} {keyword} has {count} values: --label-tag {keyword}")
    for note in result["notes"]:
        print(f"{'note':<12} {note}")


def _patients(result: Result) -> str:
    if result["patients_known"]:
        return "known"
    if result["pattern"] is None:
        return "unknown"
    pattern = result["pattern"]
    name, patient = pattern["examples"][0]
    return (
        f"unknown, but file names seem to tell {pattern['patients']} of them ({name} is of "
        f"{patient}): --patient-pattern '{pattern['pattern']}'"
    )


def _print_table(table: dict[str, Any]) -> None:
    """How the table would be read, what else it could mean, and its first rows."""
    print(f"{'table':<12} {table['path']}, {table['num_rows']:,} rows")
    guess = table["guess"]
    for role, name in (("path", guess["key"]), *((role, guess[role]) for role in _GUESSED)):
        print(f"{'':<12} {f'--{role}-column':<17} {name or 'not found'}")
    for key, join, count in table["found"]:
        as_what = "" if join == "file" else f" as {join}"
        print(f"{'':<12} {count:,} rows find a file by column {key!r}{as_what}")
    rows = [table["names"], *table["rows"]]
    cells = [[_cell(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for row in cells:
        line = "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True))
        print(f"{'':<12} | {line.rstrip()}")


def _cell(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _WIDEST else f"{line[: _WIDEST - 1]}…"
