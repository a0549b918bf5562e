"""`fpt watch`."""

from __future__ import annotations

import argparse
from pathlib import Path

from fpt_core.commands.arguments import add_inference
from fpt_core.commands.command import Result, run_job
from fpt_core.commands.screen import Screen
from fpt_core.jobs.requests import WatchRequest

HELP = "Answer whatever arrives in a folder, until Ctrl+C; nothing twice, also after a restart."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The model, the folder and its log."""
    parser.add_argument("model", type=Path, metavar="MODEL")
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="also one of a network share")
    parser.add_argument(
        "--log",
        type=Path,
        required=True,
        metavar="FILE",
        help="CSV to go on writing; what was answered is remembered beside it",
    )
    parser.add_argument("--every", type=float, default=2.0, metavar="SECONDS", help="look so often")
    parser.add_argument(
        "--settled",
        type=float,
        default=2.0,
        metavar="SECONDS",
        help="a file is whole when it has not changed for so long",
    )
    add_inference(parser)


def run(arguments: argparse.Namespace, screen: Screen) -> Result:
    """Watch until Ctrl+C."""
    request = WatchRequest(
        arguments.model,
        arguments.folder,
        arguments.log,
        arguments.weights,
        arguments.device,
        arguments.every,
        arguments.settled,
    )
    return run_job(request, screen)


def show(arguments: argparse.Namespace, result: Result) -> None:
    """Nothing: a watch has no result but its log."""
