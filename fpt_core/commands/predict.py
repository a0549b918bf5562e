"""`fpt predict`."""

from __future__ import annotations

import argparse
import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import get_args

from fpt_core.commands.arguments import add_inference
from fpt_core.commands.command import Result, run_job
from fpt_core.commands.predict_frames import answer_frames, show_frames
from fpt_core.commands.screen import Screen
from fpt_core.config import HeatmapLayer
from fpt_core.errors import translate_os_error
from fpt_core.events import Predicted
from fpt_core.files import write_atomically
from fpt_core.jobs.requests import PredictRequest

HELP = "Answer image files, or every image below folders."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The model, the files, and where the answers go."""
    parser.add_argument("model", type=Path, metavar="MODEL")
    parser.add_argument("paths", type=Path, nargs="+", metavar="FILE_OR_FOLDER")
    parser.add_argument("--heatmaps", type=Path, metavar="DIR", help="write token maps over images")
    parser.add_argument("--csv", type=Path, metavar="FILE", help="write the answers as a table")
    parser.add_argument(
        "--layer",
        choices=get_args(HeatmapLayer),
        default="evidence",
        help="of the maps: tokens selected by the backbone, read by the model, or evidence for and "
        "against its answer (default)",
    )
    parser.add_argument(
        "--frames",
        metavar="RULE",
        help="answer every frame of one file, and the file by mean, max or top:N of its frames",
    )
    add_inference(parser)


def run(arguments: argparse.Namespace, screen: Screen) -> Result:
    """Answer every image, or every frame of one.

    Raises:
        ConfigError: If frames are wanted of several files, or with heatmaps.
    """
    if arguments.frames is not None:
        return answer_frames(arguments, screen)
    request = PredictRequest(
        model=arguments.model,
        paths=tuple(arguments.paths),
        weights=arguments.weights,
        heatmaps=arguments.heatmaps,
        layer=arguments.layer,
        explain=arguments.heatmaps is not None,
        device=arguments.device,
    )
    predicted: list[Predicted] = []
    result = run_job(request, screen, predicted)
    result["predictions"] = _rows(predicted)
    if arguments.csv is not None:
        _write_csv(arguments.csv, result["predictions"])
    return result


def show(arguments: argparse.Namespace, result: Result) -> None:
    """A line for each image, and what was left out."""
    if arguments.frames is not None:
        show_frames(result)
        return
    for key, value in result.items():
        if key == "predictions":
            for row in value:
                print(f"{row['prediction']:<20} {row['probability']:6.1%}  {row['file']}")
                if row["unlike_training"]:
                    print(f"{'':<29}does not look like the training images")
        else:
            print(f"{key:<12} {value}")


def _rows(predicted: Sequence[Predicted]) -> list[Result]:
    """Predictions as flat rows: file, class, probability, and one column per class."""
    rows = []
    for event in predicted:
        best = max(range(len(event.class_names)), key=event.probabilities.__getitem__)
        rows.append(
            {
                "file": event.path,
                "prediction": event.class_names[best],
                "probability": event.probabilities[best],
                "seconds": event.seconds,
                "distance": event.distance,
                "unlike_training": event.is_unlike,
                "probabilities": dict(zip(event.class_names, event.probabilities, strict=True)),
            }
        )
    return rows


def _write_csv(path: Path, rows: Sequence[Result]) -> None:
    """Write prediction rows as a table.

    Raises:
        DiskFullError: If there is no space left.
    """
    classes = list(rows[0]["probabilities"]) if rows else []
    content = io.StringIO(newline="")
    writer = csv.writer(content)
    writer.writerow(["file", "prediction", "probability", "unlike_training", *classes])
    for row in rows:
        each = [f"{row['probabilities'][name]:.6f}" for name in classes]
        flag = "yes" if row["unlike_training"] else "" if row["distance"] is None else "no"
        writer.writerow([row["file"], row["prediction"], f"{row['probability']:.6f}", flag, *each])
    try:
        write_atomically(path, content.getvalue().encode("utf-8-sig"))
    except OSError as error:
        raise translate_os_error(error, path) from error
