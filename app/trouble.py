"""What went wrong where nobody else says so: a sentence in the window, the rest in the log."""

from __future__ import annotations

import logging
import sys
from types import TracebackType

from PySide6.QtCore import QObject, Signal

from fpt_core.errors import FptError

_LOG = logging.getLogger(__name__)
_OWN_ERROR = (
    "The program met an error of its own. What is saved is safe; if it happens again, start the "
    "program from a terminal and report what it prints there."
)


class Trouble(QObject):
    """Hears of every error that a slot lets pass, such as a project's folder that is gone.

    Signals:
        met(text): What happened and what to do.
    """

    met = Signal(str)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._before = sys.excepthook
        sys.excepthook = self._on_uncaught

    def close(self) -> None:
        """Hear of nothing more."""
        sys.excepthook = self._before

    def _on_uncaught(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        if isinstance(error, FptError):
            self.met.emit(str(error))
        elif isinstance(error, Exception):
            _LOG.error("a slot failed", exc_info=(kind, error, trace))
            self.met.emit(_OWN_ERROR)
        else:
            self._before(kind, error, trace)
