"""The rail's pages, each made when it is first asked for.

A page brings what draws and computes for it: a start pays only for the one that is seen.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QStackedWidget, QWidget

from app.widgets.background import BackgroundReader

if TYPE_CHECKING:
    from app.main_window import MainWindow

PAGES = {
    "dataset": "Dataset",
    "training": "Training",
    "evaluate": "Evaluate",
    "review": "Review",
    "models": "Models",
}
"""Words by name, in the order of the rail; ``app.pages.<name>`` makes the page."""
_PAUSE_MS = 50
"""Between two pages, for what the person does meanwhile."""


class Pages(QStackedWidget):
    """One page at a time.

    Args:
        window: What the pages talk to.
    """

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._made: dict[str, QWidget] = {}
        self._importer = BackgroundReader(1, self)
        self._importer.done.connect(self._on_imported)
        window.closing.connect(self._importer.close)

    def page(self, name: str) -> Any:
        """The page of that name, made now if nobody has asked for it before."""
        if name not in self._made:
            make: Callable[[MainWindow], QWidget] = _module(name).make
            self._made[name] = make(self._window)
            self.addWidget(self._made[name])
        return self._made[name]

    def show_page(self, name: str) -> None:
        """Bring a page to the front."""
        self.setCurrentWidget(self.page(name))

    def make_all(self) -> None:
        """Make the others while nobody waits for them, their code read in the background."""
        missing = [name for name in PAGES if name not in self._made]
        if missing:
            self._importer.start(missing[0], lambda: _module(missing[0]))

    def _on_imported(self, name: str, _module: object) -> None:
        self.page(name)
        QTimer.singleShot(_PAUSE_MS, self, self.make_all)


def _module(name: str) -> Any:
    return import_module(f"app.pages.{name}")
