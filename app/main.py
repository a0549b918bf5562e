"""Start the window."""

from __future__ import annotations

import argparse
import multiprocessing
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path


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
    project = arguments.project or settings.last_project
    if project is not None and project.exists():
        window.open_project(project)
    if arguments.open is not None:
        window.open_path(arguments.open)
    # Ctrl+C in the terminal takes the same way out as the close button.
    signal.signal(signal.SIGINT, lambda *_: window.close())
    return application.exec()


def _has_screen() -> bool:
    if sys.platform in ("win32", "darwin") or os.environ.get("QT_QPA_PLATFORM"):
        return True
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))
