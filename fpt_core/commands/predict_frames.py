"""`fpt predict --frames`: every frame of a file, and the file by a rule."""

from __future__ import annotations

import argparse
import csv
import io
from collections.abc import Sequence
from pathlib import Path

from fpt_core.answers.series_rule import SeriesRule
from fpt_core.commands.command import Result
from fpt_core.commands.screen import Screen
from fpt_core.errors import ConfigError, translate_os_error
from fpt_core.events import Finished, FrameAnswered
from fpt_core.files import write_atomically
from fpt_core.jobs.requests import FramesRequest


def answer_frames(arguments: argparse.Namespace, screen: Screen) -> Result:
    """Answer the frames of the one file that is given.

    Raises:
        ConfigError: If there are several files, or heatmaps are wanted.
    """
    if len(arguments.paths) != 1 or arguments.heatmaps is not None:
        raise ConfigError(
            f"--frames answers one file without heatmaps; given were {len(arguments.paths)} paths"
            f"{' and --heatmaps' * (arguments.heatmaps is not None)}.",
            "Give one file, or leave --frames out.",
        )
    rule = SeriesRule.parse(arguments.frames)
    request = FramesRequest(
        arguments.model, arguments.paths[0], rule, arguments.weights, arguments.device
    )
    answered, result = _run(request, screen)
    result["predictions"] = [
        {
            "frame": event.frame,
            "probabilities": dict(zip(event.class_names, event.probabilities, strict=True)),
        }
        for event in answered
    ]
    if arguments.csv is not None:
        _write_csv(arguments.csv, result)
    return result


def show_frames(result: Result) -> None:
    """A line for each frame, and the file's own."""
    for row in result["predictions"]:
        print(f"frame {row['frame'] + 1:<6} {_in_line(row['probabilities'])}")
    words = SeriesRule.parse(result["rule"]).words
    print(f"{'file':<12} {_in_line(result['probabilities'])}  ({words})")


def _run(request: FramesRequest, screen: Screen) -> tuple[Sequence[FrameAnswered], Result]:
    from fpt_core.jobs.run import run

    answered, result = [], Result()
    events = run(request)
    try:
        for event in events:
            screen.draw(event)
            if isinstance(event, FrameAnswered):
                answered.append(event)
            elif isinstance(event, Finished):
                result = dict(event.result)
    finally:
        events.close()
    return answered, result


def _in_line(probabilities: dict[str, float]) -> str:
    return "  ".join(f"{name} {value:.1%}" for name, value in probabilities.items())


def _write_csv(path: Path, result: Result) -> None:
    """The rows of the frames, then the file's with its rule in the place of a frame.

    Raises:
        DiskFullError: If there is no space left.
    """
    content = io.StringIO(newline="")
    writer = csv.writer(content)
    writer.writerow(["file", "frame", *result["probabilities"]])
    rows = [(row["frame"] + 1, row["probabilities"]) for row in result["predictions"]]
    for frame, probabilities in [*rows, (result["rule"], result["probabilities"])]:
        each = [f"{value:.6f}" for value in probabilities.values()]
        writer.writerow([result["file"], frame, *each])
    try:
        write_atomically(path, content.getvalue().encode("utf-8-sig"))
    except OSError as error:
        raise translate_os_error(error, path) from error
