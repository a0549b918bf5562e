"""Start the window."""

from __future__ import annotations

import argparse
import ctypes
import multiprocessing
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from app.notice import tell
from fpt_core.installation import Installation
from fpt_core.standard_streams import ensure_standard_streams

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from app.main_window import MainWindow
    from app.single_instance import SingleInstance

_PULSE_MS = 300
_OTHER_PAGES_MS = 500
"""The window is drawn by then, and whoever reads it does nothing yet."""


def main(argv: Sequence[str] | None = None) -> int:
    """Open the window and return the exit status; the entry of ``fpt-studio``."""
    multiprocessing.freeze_support()
    ensure_standard_streams()
    files = _files(argv)
    if not _has_screen():
        sys.stderr.write("fpt-studio: There is no screen here. Use the command line `fpt`.\n")
        return 1
    try:
        from PySide6.QtNetwork import QLocalServer  # noqa: F401
        from PySide6.QtWidgets import QApplication
    except ImportError as error:
        tell(f"The window cannot start, a library of the system is missing: {error}.")
        return 1

    from app.single_instance import SingleInstance

    application = QApplication(sys.argv[:1])
    application.setApplicationName("FPT Studio")
    instance = SingleInstance(parent=application)
    if not instance.claim(files):
        return 0
    window = _show_window(application, instance, files)
    _close_on_signals(window)
    status = application.exec()
    instance.close()
    return status


def _files(argv: Sequence[str] | None) -> list[Path]:
    parser = argparse.ArgumentParser(prog="fpt-studio", description="The window of FPT Studio.")
    parser.add_argument(
        "files", nargs="*", type=Path, metavar="FILE", help="projects, models, images to open"
    )
    parser.add_argument("--open", action="append", default=[], type=Path, metavar="FILE")
    arguments = parser.parse_args(argv)
    # Another process may open them, in a folder of its own.
    return [file.absolute() for file in (*arguments.files, *arguments.open)]


def _show_window(
    application: QApplication, instance: SingleInstance, files: Sequence[Path]
) -> MainWindow:
    from PySide6.QtCore import QTimer

    from app.icons import app_icon
    from app.installation_check import InstallationCheck
    from app.main_window import MainWindow
    from app.settings import Settings
    from app.shell import Shell
    from app.theme import apply_theme
    from app.trouble import Trouble
    from fpt_core.dataset.project import SUFFIX

    application.setWindowIcon(app_icon())
    application.setDesktopFileName("fpt-studio")
    settings = Settings()
    apply_theme(application, settings.theme)
    window = MainWindow(settings)
    Trouble(window).met.connect(window.say_trouble)
    window.show()
    last = settings.last_project
    if last is not None and last.exists() and not any(file.suffix == SUFFIX for file in files):
        window.open_project(last)
    if files:
        window.open_paths(files)
    Shell(window, instance)
    if (installation := Installation.of_this_program()) is not None:
        InstallationCheck(installation, window)
    QTimer.singleShot(_OTHER_PAGES_MS, window, window.make_all_pages)
    return window


def _close_on_signals(window: MainWindow) -> None:
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
    if os.environ.get("WAYLAND_DISPLAY"):
        return True
    return bool(os.environ.get("DISPLAY")) and _x_server_answers()


def _x_server_answers() -> bool:
    """Whether there is a server behind ``DISPLAY``; Qt would end the process without a word."""
    try:
        xcb = ctypes.CDLL("libxcb.so.1")
    except OSError:
        return True  # Qt brings its own
    xcb.xcb_connect.restype = ctypes.c_void_p
    xcb.xcb_connection_has_error.argtypes = xcb.xcb_disconnect.argtypes = [ctypes.c_void_p]
    connection = xcb.xcb_connect(None, None)
    failed = xcb.xcb_connection_has_error(connection)
    xcb.xcb_disconnect(connection)
    return not failed
