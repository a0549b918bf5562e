"""Reads and changes the project in the background, so that the window never waits for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Signal

from app.widgets.background import BackgroundReader
from fpt_core.dataset.project import Project
from fpt_core.errors import FptError

Change = Callable[[Project], str | None]
"""Changes a project and says in words what was done, where that is worth saying."""


class ProjectDesk(QObject):
    """One project at a time; changes are made in the order in which they were asked for.

    Args:
        read: What is read of a project; runs in the background.
        parent: Owns it.

    Signals:
        read(snapshot): The project as it is now, after it was opened or changed.
        changed(): A change was made.
        said(text): What a change did.
        failed(error): A change was not made, or the project cannot be read.
    """

    read = Signal(object)
    changed = Signal()
    said = Signal(str)
    failed = Signal(object)

    def __init__(self, read: Callable[[Project], Any], parent: QObject) -> None:
        super().__init__(parent)
        self._read = read
        self._project: Project | None = None
        self._reader = BackgroundReader(1, self)
        self._reader.done.connect(self._on_done)

    def open(self, project: Project | None) -> None:
        """Read ``project``, or forget the one that was open."""
        self._project = project
        if project is not None:
            self._reader.start((project, False), lambda: ("", self._read(project)))

    def change(self, change: Change) -> None:
        """Make a change and read the project again."""
        project = self._project
        assert project is not None, "only an open project is changed"
        self._reader.start((project, True), lambda: (change(project) or "", self._read(project)))

    def close(self) -> None:
        """Let the changes that wait be made."""
        self._reader.finish()

    def _on_done(self, key: tuple[Project, bool], outcome: Any) -> None:
        project, is_change = key
        if project is not self._project:
            return
        if isinstance(outcome, FptError):
            self.failed.emit(outcome)
            return
        text, snapshot = outcome
        self.read.emit(snapshot)
        if is_change:
            self.changed.emit()
        if text:
            self.said.emit(text)
