"""`fpt relocate`."""

from __future__ import annotations

import argparse
from pathlib import Path

from fpt_core.commands.arguments import add_project
from fpt_core.commands.command import Result, show_result
from fpt_core.commands.screen import Screen

HELP = "Say where a folder of images is that has moved."
show = show_result


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The folder, then and now."""
    add_project(parser)
    parser.add_argument("old", type=Path, metavar="OLD", help="the folder as it was imported")
    parser.add_argument("new", type=Path, metavar="NEW", help="where it is now")


def run(arguments: argparse.Namespace, screen: Screen) -> Result:
    """Look for the project's files in the new folder."""
    from fpt_core.dataset.project import Project

    project = Project.open(arguments.project)
    found = project.relocate(arguments.old.absolute(), arguments.new.resolve())
    return {"project": str(project.path), "folder": str(arguments.new), "files_found": found}
