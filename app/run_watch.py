"""While a run trains, the machine stays awake; when it ends, the desktop says so."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QApplication, QSystemTrayIcon, QWidget
from wakepy import keep

_SHOWN_MS = 10_000
_MAY_SLEEP = (
    "This system does not let the program keep it awake: see that it does not go to sleep by "
    "itself, or the run waits until it wakes."
)


class RunWatch(QObject):
    """Cares for those who are not looking.

    Args:
        window: Whose taskbar entry and icon are used.

    Signals:
        noted(text): Something the person should know of.
    """

    noted = Signal(str)

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._awake = None
        self._tray: QSystemTrayIcon | None = None

    @property
    def keeps_awake(self) -> bool:
        """Whether the machine may not go to sleep by itself at present."""
        return self._awake is not None and bool(self._awake.active)

    def set_running(self, running: bool) -> None:
        """Keep the machine awake while a run trains; the screen may go dark."""
        if running and self._awake is None:
            self._awake = keep.running(on_fail="pass")
            self._awake.__enter__()
            if not self.keeps_awake:
                self.noted.emit(_MAY_SLEEP)
        elif not running and self._awake is not None:
            self._awake.__exit__(None, None, None)
            self._awake = None

    def tell_end(self, title: str, text: str) -> None:
        """Say that a run has ended, where the window is not in front."""
        if self._window.isActiveWindow():
            return
        QApplication.alert(self._window)
        if not QSystemTrayIcon.isSystemTrayAvailable():
            return
        if self._tray is None:
            self._tray = QSystemTrayIcon(QApplication.windowIcon(), self)
            self._tray.activated.connect(lambda _: self._come_to_front())
            self._tray.messageClicked.connect(self._come_to_front)
        self._tray.show()
        self._tray.showMessage(title, text, QApplication.windowIcon(), _SHOWN_MS)

    def close(self) -> None:
        """Let the machine sleep again."""
        self.set_running(False)
        if self._tray is not None:
            self._tray.hide()

    def _come_to_front(self) -> None:
        self._window.setWindowState(self._window.windowState() & ~Qt.WindowState.WindowMinimized)
        self._window.show()
        self._window.raise_()
        self._window.activateWindow()
