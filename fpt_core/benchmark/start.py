"""How long the program's own start takes, in fresh processes."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import time
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

from fpt_core.errors import ConfigError
from fpt_core.events import Event, Finished, Progress

_REPEATS = 5
_IMPORT = "import app.main_window, sys; assert 'torch' not in sys.modules"
_WINDOW = """
import os, sys
from pathlib import Path
from PySide6.QtWidgets import QApplication
application = QApplication([])
from app.main_window import MainWindow
from app.settings import Settings
from app.theme import apply_theme
settings = Settings(Path(os.devnull))
apply_theme(application, settings.theme)
window = MainWindow(settings)
window.show()
application.processEvents()
assert "torch" not in sys.modules
os._exit(0)
"""
"""Until the window is drawn and answers; its other pages are made afterwards."""


@dataclass(frozen=True, slots=True)
class Start:
    """One way to start."""

    name: str
    arguments: tuple[str, ...]
    """Of Python."""
    goal_s: float


STARTS = (
    Start("fpt --help", ("-m", "fpt_core.cli", "--help"), 0.3),
    Start("import app.main_window", ("-c", _IMPORT), 0.6),
    Start("window usable", ("-c", _WINDOW), 1.5),
)


def start() -> Generator[Event, None, None]:
    """Start each once unmeasured and then several times.

    The first start of a process after an installation compiles modules and fills the
    system's cache of files, which is told apart: ``Finished`` carries its seconds and the
    quickest of those that follow.

    Raises:
        ConfigError: In a bundle, which has no Python to start.
    """
    if getattr(sys, "frozen", False):
        raise ConfigError(
            "The start is measured from source: there is no Python in this program.",
            "A bundle's is measured by packaging/bundle_test.py.",
        )
    has_window = importlib.util.find_spec("app") is not None
    wanted = [each for each in STARTS if has_window or each.name.startswith("fpt")]
    found: list[dict[str, Any]] = []
    for done, each in enumerate(wanted):
        yield Progress("Starting", done, len(wanted))
        first, *others = (_seconds([sys.executable, *each.arguments]) for _ in range(1 + _REPEATS))
        found.append(
            {"name": each.name, "seconds": min(others), "first": first, "goal": each.goal_s}
        )
    yield Progress("Starting", len(wanted), len(wanted))
    yield Finished({"starts": found, "repeats": _REPEATS})


def print_start(result: dict[str, Any]) -> None:
    """One line per start."""
    print(f"The quickest of {result['repeats']} starts, after one that fills the caches.")
    for start in result["starts"]:
        print(
            f"{start['name']:<24} {start['seconds']:6.2f} s   goal {start['goal']:.1f} s   "
            f"first {start['first']:.2f} s"
        )


def _seconds(command: list[str]) -> float:
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen"}
    # Without its compiled modules every start of Python compiles all of them anew.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    started = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment)
    return time.perf_counter() - started
