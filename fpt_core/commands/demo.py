"""`fpt demo`."""

from __future__ import annotations

import argparse
import importlib.util
import os
import subprocess
import sys
from pathlib import Path

from fpt_core.commands.command import Result, drawn, show_result
from fpt_core.commands.screen import Screen

HELP = "The whole job on sample data that it makes, offline."
show = show_result


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where the sample data go."""
    parser.add_argument("--output", type=Path, default=Path("demo"), metavar="DIR")
    parser.add_argument("--open-window", action="store_true", help="then open the window on it")


def run(arguments: argparse.Namespace, screen: Screen) -> Result:
    """Import, prepare, train, measure, predict."""
    from fpt_core.jobs.demo import demo

    result = drawn(demo(arguments.output.resolve()), screen)
    if arguments.open_window:
        result["window"] = _open_window(Path(result["project"]))
    return result


def _open_window(project: Path) -> str:
    """Open the window on ``project``, or say in one line how to."""
    has_screen = sys.platform in ("win32", "darwin") or any(
        os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY")
    )
    if has_screen and importlib.util.find_spec("app") is not None:
        subprocess.Popen([*_window_command(), str(project)], start_new_session=True)
        return f"opened on {project}"
    return f"no screen here; on one that has: fpt-studio {project}"


def _window_command() -> list[str]:
    """What starts the window: in a bundle the program beside this one."""
    if not getattr(sys, "frozen", False):
        return [sys.executable, "-m", "app"]
    suffix = ".exe" if sys.platform == "win32" else ""
    return [str(Path(sys.executable).parent / f"FPT Studio{suffix}")]
