"""`fpt prepare`."""

from __future__ import annotations

import argparse

from fpt_core.commands.arguments import add_preparation, add_project, prepare_request
from fpt_core.commands.command import Result, run_job, show_result
from fpt_core.commands.screen import Screen
from fpt_core.config import AUTO, METHODS

HELP = "Compute what a method reads of every image."
show = show_result


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The method whose features are wanted."""
    add_project(parser)
    parser.add_argument("--preset", choices=METHODS, default=AUTO)
    add_preparation(parser)


def run(arguments: argparse.Namespace, screen: Screen) -> Result:
    """Prepare what is missing."""
    return run_job(prepare_request(arguments, arguments.preset), screen)
