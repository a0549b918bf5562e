"""`fpt export`."""

from __future__ import annotations

import argparse
from pathlib import Path

from fpt_core.commands.command import Result, run_job, show_result
from fpt_core.commands.screen import Screen
from fpt_core.jobs.requests import ExportRequest

HELP = "Write a model and its backbone as one ONNX file."
show = show_result


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The model and the file."""
    parser.add_argument("model", type=Path, metavar="MODEL")
    parser.add_argument("--onnx", type=Path, required=True, metavar="FILE")
    parser.add_argument("--fp16", action="store_true", help="compute in half precision")
    parser.add_argument(
        "--check", type=Path, nargs="+", default=[], metavar="IMAGES", help="compare both on these"
    )
    parser.add_argument("--weights", type=Path, metavar="FILE", help="the backbone's weights")


def run(arguments: argparse.Namespace, screen: Screen) -> Result:
    """Write the file."""
    request = ExportRequest(
        arguments.model,
        arguments.onnx,
        arguments.weights,
        arguments.fp16,
        tuple(arguments.check),
    )
    return run_job(request, screen)
