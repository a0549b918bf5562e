"""What reaches the window from outside: files of other starts and of the desktop."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QFileOpenEvent
from PySide6.QtWidgets import QApplication

from app.main_window import MainWindow
from app.single_instance import SingleInstance


class Shell(QObject):
    """Opens in the window what others hand over, and brings it to the front.

    Args:
        window: The one window.
        instance: Where other starts hand over their files.
    """

    def __init__(self, window: MainWindow, instance: SingleInstance) -> None:
        super().__init__(window)
        self._window = window
        instance.files_received.connect(self._on_files_received)
        application = QApplication.instance()
        assert application is not None, "a window has an application"
        application.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """On macOS the system sends files as events, at the start and later."""
        if isinstance(event, QFileOpenEvent) and event.file():
            self._on_files_received([Path(event.file())])
            return True
        return False

    def _on_files_received(self, files: list[Path]) -> None:
        window = self._window
        window.setWindowState(window.windowState() & ~Qt.WindowState.WindowMinimized)
        window.show()
        window.raise_()
        window.activateWindow()
        window.open_paths(files)
