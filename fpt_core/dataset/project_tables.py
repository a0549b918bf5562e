"""What every part of a project's record shares: its folder, its database and its salt."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

from fpt_core.dataset.database import Database


class ProjectTables:
    """The tables of one project folder.

    Instances hold no connection, so threads and processes may share one.

    Args:
        path: The project folder.
        read_only: Refuse changes: another window makes them.
    """

    def __init__(self, path: Path, read_only: bool = False) -> None:
        self.path = path
        self.read_only = read_only
        self._database = Database(path, read_only)
        self._kept_salt: bytes | None = None

    def _meta(self, key: str) -> str | None:
        with self._database.connected() as database:
            row = database.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return None if row is None else str(row["value"])

    @property
    def _salt(self) -> bytes:
        if self._kept_salt is None:
            self._kept_salt = bytes.fromhex(self._meta("salt") or "")
        return self._kept_salt

    def _relative(self, path: Path) -> str:
        try:
            return Path(os.path.relpath(path, self.path)).as_posix()
        except ValueError:  # another drive
            return str(path)

    def _absolute(self, path: str) -> Path:
        return Path(os.path.normpath(self.path / path))


def now() -> str:
    """The time as it is kept."""
    return datetime.now().astimezone().isoformat(timespec="seconds")
