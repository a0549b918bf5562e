"""`fpt recipe`."""

from __future__ import annotations

import argparse
import dataclasses

from fpt_core.commands.arguments import add_project
from fpt_core.commands.command import Result
from fpt_core.commands.screen import Screen
from fpt_core.config import VOLUME_AXES, PixelRecipe, parse_windows, to_dict

HELP = "Show or set how pixels become what a model sees."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What can be changed."""
    add_project(parser)
    parser.add_argument(
        "--window",
        action="append",
        metavar="WINDOW",
        help="brain, lung, soft-tissue or bone; CENTER,WIDTH as --window=-600,1500; file:NAME for "
        "one that the files name; file: the files' own. Three times: red, green and blue",
    )
    parser.add_argument(
        "--volume-axis", choices=VOLUME_AXES, help="how volumes are cut into slices"
    )
    parser.add_argument(
        "--fundus-crop", action=argparse.BooleanOptionalAction, help="crop to the fundus disc"
    )
    parser.add_argument(
        "--fundus-contrast",
        action=argparse.BooleanOptionalAction,
        help="even out the light of fundus photographs",
    )


def run(arguments: argparse.Namespace, screen: Screen) -> Result:
    """Change what was given, and return the whole."""
    from fpt_core.dataset.project import Project

    project = Project.open(arguments.project)
    recipe = project.recipe()
    changes = {
        name: value
        for name in ("volume_axis", "fundus_crop", "fundus_contrast")
        if (value := getattr(arguments, name)) is not None
    }
    if arguments.window is not None:
        changes["windows"] = parse_windows(arguments.window)
    if changes:
        recipe = dataclasses.replace(recipe, **changes)
        project.set_recipe(recipe)
    return {"project": str(project.path), "recipe": to_dict(recipe)}


def show(arguments: argparse.Namespace, result: Result) -> None:
    """A project's pixel recipe, one line per setting."""
    recipe = PixelRecipe.from_dict(result["recipe"])
    windows = " ".join(map(str, recipe.windows)) or "the file's own"
    print(f"{'project':<16} {result['project']}")
    print(f"{'windows':<16} {windows}")
    print(f"{'volume axis':<16} {recipe.volume_axis}")
    print(f"{'fundus crop':<16} {'yes' if recipe.fundus_crop else 'no'}")
    print(f"{'fundus contrast':<16} {'yes' if recipe.fundus_contrast else 'no'}")
