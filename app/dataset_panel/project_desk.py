"""Reads and changes the project in the background, so that the window never waits for it."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QObject, Signal

from app.dataset_panel.catalogue import Catalogue
from app.widgets.background import BackgroundReader
from fpt_core.config import PixelRecipe
from fpt_core.dataset.audit.report import AuditReport, is_stale, kept_report
from fpt_core.dataset.edit_table import Edit
from fpt_core.dataset.project import Project
from fpt_core.dataset.records import SkippedFile
from fpt_core.dataset.root_table import Root
from fpt_core.errors import FptError


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A project as it was when it was read."""

    project: Project
    catalogue: Catalogue
    left_out: tuple[SkippedFile, ...]
    edits: tuple[Edit, ...]
    missing: tuple[Root, ...]
    """Folders that have moved away."""
    recipe: PixelRecipe
    report: AuditReport | None
    """Of the last audit."""
    is_stale: bool
    """Whether the data set has changed since that audit."""

    @classmethod
    def read(cls, project: Project) -> Snapshot:
        """The project as it is now."""
        with _no_garbage_collection():
            return cls._read(project)

    @classmethod
    def _read(cls, project: Project) -> Snapshot:
        images = project.images(include_excluded=True)
        report = kept_report(project)
        return cls(
            project,
            Catalogue(images),
            tuple(project.skipped()),
            tuple(project.edits()),
            tuple(project.missing_roots()),
            project.recipe(),
            report,
            report is not None
            and is_stale(report, [image for image in images if not image.excluded]),
        )


@contextmanager
def _no_garbage_collection() -> Iterator[None]:
    """Reading makes many objects and no garbage; looking for some would hold the window up.

    What was made is left out of later looks, too: it goes when nobody refers to it any more.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if was_enabled:
            gc.enable()


Change = Callable[[Project], str | None]
"""Changes a project and says in words what was done, where that is worth saying."""


class ProjectDesk(QObject):
    """One project at a time; changes are made in the order in which they were asked for.

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

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._project: Project | None = None
        self._reader = BackgroundReader(1, self)
        self._reader.done.connect(self._on_done)

    def open(self, project: Project | None) -> None:
        """Read ``project``, or forget the one that was open."""
        self._project = project
        if project is not None:
            self._reader.start((project, False), lambda: ("", Snapshot.read(project)))

    def change(self, change: Change) -> None:
        """Make a change and read the project again."""
        project = self._project
        assert project is not None, "only an open project is changed"
        self._reader.start((project, True), lambda: (change(project) or "", Snapshot.read(project)))

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
