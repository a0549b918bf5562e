"""How long the GUI thread left the window without an answer."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import QEventLoop, QObject, Qt, QTimer

_TICK_MS = 5
_LOOK_MS = 20


class StallMeter(QObject):
    """A timer that should fire every 5 ms; the longest gap between two of its ticks is a stall."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.longest_ms = 0.0
        """Since the last ``restart``."""
        self.longest_work_ms = 0.0
        """Processor time of all threads of this process between two ticks: what other programs
        of a busy machine add is not in it, while waiting for Python's lock is."""
        self._last, self._worked = time.perf_counter(), time.process_time()
        self._timer = QTimer(self, interval=_TICK_MS, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._on_tick)

    def restart(self) -> None:
        """Measure anew."""
        self.longest_ms = self.longest_work_ms = 0.0
        self._last, self._worked = time.perf_counter(), time.process_time()
        self._timer.start()

    def _on_tick(self) -> None:
        now, worked = time.perf_counter(), time.process_time()
        self.longest_ms = max(self.longest_ms, 1000 * (now - self._last))
        self.longest_work_ms = max(self.longest_work_ms, 1000 * (worked - self._worked))
        self._last, self._worked = now, worked


def run_events(duration_ms: int) -> None:
    """Let the window live for a while."""
    loop = QEventLoop()
    QTimer.singleShot(duration_ms, loop.quit)
    loop.exec()


def run_events_until(condition: Callable[[], bool], timeout_s: float) -> None:
    """Let the window live until ``condition`` holds.

    Raises:
        TimeoutError: If it does not within ``timeout_s``.
    """
    deadline = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"The window was not ready within {timeout_s:.0f} s.")
        run_events(_LOOK_MS)
