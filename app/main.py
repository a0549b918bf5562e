"""Start the window."""

from __future__ import annotations

import argparse
import multiprocessing
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

_PULSE_MS = 300


def main(argv: Sequence[str] | None = None) -> int:
    """Open the window and return the exit status; the entry of ``fpt-studio``."""
    multiprocessing.freeze_support()
    parser = argparse.ArgumentParser(prog="fpt-studio", description="The window of FPT Studio.")
    parser.add_argument("project", nargs="?", type=Path, help="a project to open")
    parser.add_argument("--open", type=Path, metavar="FILE", help="an image to review, or a model")
    arguments = parser.parse_args(argv)
    if not _has_screen():
        sys.stderr.write("fpt-studio: There is no screen here. Use the command line `fpt`.\n")
        return 1

    from PySide6.QtWidgets import QApplication

    from app.icons import app_icon
    from app.main_window import MainWindow
    from app.settings import Settings
    from app.theme import apply_theme

    application = QApplication(sys.argv[:1])
    application.setApplicationName("FPT Studio")
    application.setWindowIcon(app_icon())
    settings = Settings()
    apply_theme(application, settings.theme)
    window = MainWindow(settings)
    window.show()
    if arguments.project is not None:
        window.open_project(arguments.project)
    elif settings.last_project is not None and settings.last_project.exists():
        window.open_project(settings.last_project)
    if arguments.open is not None:
        window.open_path(arguments.open)
    _close_on_signals(window)
    return application.exec()


def _close_on_signals(window: QWidget) -> None:
    """Ctrl+C in a terminal and a logout take the same way out as the close button."""
    from PySide6.QtCore import QTimer

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: window.close())
    # Python handles a signal only when some Python code runs.
    pulse = QTimer(window)
    pulse.timeout.connect(lambda: None)
    pulse.start(_PULSE_MS)


def _has_screen() -> bool:
    if sys.platform in ("win32", "darwin") or os.environ.get("QT_QPA_PLATFORM"):
        return True
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))
