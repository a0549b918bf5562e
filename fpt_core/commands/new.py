"""`fpt new`."""

from __future__ import annotations

import argparse

from fpt_core.commands.arguments import add_project
from fpt_core.commands.command import Result, show_result
from fpt_core.commands.screen import Screen

HELP = "Make an empty project."
show = show_result


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The project to make."""
    add_project(parser)


def run(arguments: argparse.Namespace, screen: Screen) -> Result:
    """Make it."""
    from fpt_core.dataset.project import Project

    return {"project": str(Project.create(arguments.project).path)}
