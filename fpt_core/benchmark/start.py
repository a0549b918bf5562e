"""How long the program's own start takes, in fresh processes."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import time
from collections.abc import Generator
from typing import Any

from fpt_core.errors import ConfigError
from fpt_core.events import Event, Finished, Progress

_REPEATS = 5
_WINDOW = """
import os, sys
from PySide6.QtWidgets import QApplication
application = QApplication([])
from app.main_window import MainWindow
from app.settings import Settings
window = MainWindow(Settings())
window.show()
application.processEvents()
assert "torch" not in sys.modules
os._exit(0)
"""
_STARTS = {
    "fpt --help": ["-m", "fpt_core.cli", "--help"],
    "import app.main_window": [
        "-c",
        "import app.main_window, sys; assert 'torch' not in sys.modules",
    ],
    "window shown": ["-c", _WINDOW],
}


def start() -> Generator[Event, None, None]:
    """Start each several times; ``Finished`` carries the quickest seconds.

    Raises:
        ConfigError: In a bundle, which has no Python to start.
    """
    if getattr(sys, "frozen", False):
        raise ConfigError(
            "The start is measured from source: there is no Python in this program.",
            "A bundle's is measured by packaging/bundle_test.py.",
        )
    has_window = importlib.util.find_spec("app") is not None
    starts = {name: code for name, code in _STARTS.items() if has_window or "fpt" in name}
    seconds: dict[str, float] = {}
    for done, (name, code) in enumerate(starts.items()):
        yield Progress("Starting", done, len(starts))
        seconds[name] = min(_seconds([sys.executable, *code]) for _ in range(_REPEATS))
    yield Progress("Starting", len(starts), len(starts))
    yield Finished({"seconds": seconds})


def print_start(result: dict[str, Any]) -> None:
    """One line per start."""
    for name, seconds in result["seconds"].items():
        print(f"{name:<24} {seconds:6.2f} s")


def _seconds(command: list[str]) -> float:
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen"}
    started = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment)
    return time.perf_counter() - started
