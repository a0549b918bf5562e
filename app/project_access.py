"""One window changes a project at a time; a second one may look."""

from __future__ import annotations

from pathlib import Path

from fpt_core.dataset.project import Project
from fpt_core.dataset.project_lock import ProjectLock


class ProjectAccess:
    """Opens projects and holds the lock of the one that is open."""

    def __init__(self) -> None:
        self._lock: ProjectLock | None = None

    @property
    def holder(self) -> str:
        """Who may change the project, where this window may not."""
        return "" if self._lock is None else self._lock.holder

    def open(self, path: Path) -> Project:
        """The project at ``path``; to be read alone where another window has it.

        Raises:
            FptError: If there is none, it is damaged, or its folder cannot be written to.
        """
        project = Project.open(path)
        self.close()
        self._lock = ProjectLock(project.path)
        return project if self._lock.held else Project.open(path, read_only=True)

    def close(self) -> None:
        """Let another window change the project."""
        if self._lock is not None:
            self._lock.release()
            self._lock = None
