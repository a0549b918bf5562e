"""Work that must not happen in the GUI thread: decoding images, reading a project."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, QRunnable, QThreadPool, Signal

from fpt_core.errors import FptError, ImageError

_LOG = logging.getLogger(__name__)


class _Signals(QObject):
    done = Signal(object, object)


class _Task(QRunnable):
    def __init__(self, key: object, work: Callable[[], Any], signals: _Signals) -> None:
        super().__init__()
        self._key, self._work, self._signals = key, work, signals

    def run(self) -> None:
        try:
            result: Any = self._work()
        except FptError as error:
            result = error
        except MemoryError:
            result = ImageError(
                "The image is too large for the memory that is free.", "Close other programs."
            )
        except Exception:
            # Whoever asked must hear of it, or would wait for ever.
            _LOG.exception("reading in the background failed")
            result = ImageError("The program met an error of its own.", "The log says more.")
        try:
            self._signals.done.emit(self._key, result)
        except RuntimeError:
            return  # the widget that asked has been closed


class BackgroundReader(QObject):
    """Runs work on a thread pool and tells the outcome in the GUI thread.

    Signals:
        done(key, result): What the work returned, or the ``FptError`` it raised.
    """

    done = Signal(object, object)

    def __init__(self, threads: int, parent: QObject) -> None:
        super().__init__(parent)
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(threads)
        self._signals = _Signals(self)
        self._signals.done.connect(self.done)

    def start(self, key: object, work: Callable[[], Any]) -> None:
        """Do ``work`` in the background."""
        self._pool.start(_Task(key, work, self._signals))

    def close(self) -> None:
        """Forget what waits and let what runs end."""
        self._pool.clear()
        self._pool.waitForDone()

    def finish(self) -> None:
        """Wait until all is done that was asked for."""
        self._pool.waitForDone()
