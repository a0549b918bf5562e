"""Which window may change a project: the first that opened it, until it closes or dies."""

from __future__ import annotations

import json
import os
import platform
from pathlib import Path

from filelock import FileLock, Timeout

from fpt_core.dataset.project_tables import now
from fpt_core.errors import translate_os_error
from fpt_core.files import write_atomically

_LOCK = "window.lock"
_HOLDER = "window.json"


class ProjectLock:
    """Held by one window at a time; the system frees it when that window's process ends.

    Args:
        project: The project folder.

    Attributes:
        held: Whether this window may change the project.
        holder: Who may, in words, where this window may not.

    Raises:
        FptError: If the folder cannot be written to.
    """

    def __init__(self, project: Path) -> None:
        self.holder = ""
        self._file = project / _HOLDER
        self._lock = FileLock(project / _LOCK, timeout=0)
        try:
            self._lock.acquire()
            write_atomically(self._file, json.dumps(_myself()).encode())
        except Timeout:
            self.holder = self._told()
        except NotImplementedError:
            pass  # some network drives know no locks: then nobody can hold one
        except OSError as error:
            raise translate_os_error(error, project) from error
        self.held = not self.holder

    def release(self) -> None:
        """Let another window change the project."""
        self._lock.release()
        self.held = False

    def _told(self) -> str:
        try:
            kept = json.loads(self._file.read_text(encoding="utf-8"))
            return (
                f"process {kept['process']} on {kept['computer']}, which opened it at "
                f"{kept['since']}"
            )
        except (OSError, ValueError, KeyError, TypeError):  # it has just been opened there
            return "another window"


def _myself() -> dict[str, str | int]:
    return {"process": os.getpid(), "computer": platform.node(), "since": now()}
