"""Runs that wait for their turn; they survive a restart."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from fpt_core.dataset.project_tables import ProjectTables, now
from fpt_core.errors import ProjectError


@dataclass(frozen=True, slots=True)
class QueuedRun:
    """A run that waits."""

    id: int
    created: str
    settings: dict[str, Any]
    """As a run keeps them."""
    resume: str | None
    """Id of the run to go on with; ``None`` for a new one."""


class QueueTable(ProjectTables):
    """The queue, first come first served until somebody reorders it."""

    def queue(self) -> list[QueuedRun]:
        """All that waits, the next one first."""
        with self._database.connected() as database:
            rows = database.execute("SELECT * FROM queue ORDER BY position, id").fetchall()
        return [
            QueuedRun(row["id"], row["created"], json.loads(row["settings"]), row["resume"])
            for row in rows
        ]

    def enqueue(self, settings: dict[str, Any], resume: str | None = None) -> int:
        """Put a run at the end and return its number in the queue."""
        with self._database.transaction() as database:
            cursor = database.execute(
                "INSERT INTO queue (position, created, settings, resume)"
                " SELECT COALESCE(MAX(position), -1) + 1, ?, ?, ? FROM queue",
                (now(), json.dumps(settings), resume),
            )
        assert cursor.lastrowid is not None, "a row was inserted"
        return cursor.lastrowid

    def move_queued(self, number: int, position: int) -> None:
        """Put an entry at ``position``, counted from 0; beyond the end is the end.

        Raises:
            ProjectError: If there is no such entry.
        """
        with self._database.transaction() as database:
            rows = database.execute("SELECT id FROM queue ORDER BY position, id").fetchall()
            order = [row["id"] for row in rows]
            if number not in order:
                raise self._no_entry(number)
            order.remove(number)
            order.insert(max(0, position), number)
            database.executemany(
                "UPDATE queue SET position = ? WHERE id = ?", list(enumerate(order))
            )

    def remove_queued(self, number: int) -> None:
        """Take an entry out of the queue.

        Raises:
            ProjectError: If there is no such entry.
        """
        with self._database.transaction() as database:
            if not database.execute("DELETE FROM queue WHERE id = ?", (number,)).rowcount:
                raise self._no_entry(number)

    def _no_entry(self, number: int) -> ProjectError:
        return ProjectError(
            f"The queue of {self.path.name} has no entry {number}.",
            "`fpt queue` lists what waits; it may have started already.",
        )
