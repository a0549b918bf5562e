"""The project's SQLite file: its tables, short transactions, failures in words."""

from __future__ import annotations

import errno
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fpt_core.errors import FptError, ProjectError, translate_os_error

DATABASE = "project.sqlite"
SCHEMA_VERSION = 7
_VERDICTS = """CREATE TABLE verdicts (
    image_hash TEXT NOT NULL,
    agrees INTEGER NOT NULL,
    class_name TEXT NOT NULL,
    answer TEXT NOT NULL,
    probability REAL,
    model TEXT NOT NULL,
    note TEXT NOT NULL,
    reader TEXT NOT NULL,
    created TEXT NOT NULL,
    PRIMARY KEY (image_hash, reader)
)"""
SCHEMA = f"""
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE roots (id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE);
CREATE TABLE images (
    id INTEGER PRIMARY KEY,
    root INTEGER NOT NULL REFERENCES roots,
    location TEXT NOT NULL,
    frame INTEGER NOT NULL,
    image_hash TEXT NOT NULL,
    class_name TEXT NOT NULL,
    split TEXT NOT NULL,
    fold INTEGER,
    patient TEXT,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    file_mtime_ns INTEGER NOT NULL,
    excluded INTEGER NOT NULL DEFAULT 0,
    facts TEXT NOT NULL,
    UNIQUE (root, location, frame)
);
CREATE TABLE skipped (
    root INTEGER NOT NULL REFERENCES roots,
    location TEXT NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (root, location)
);
CREATE TABLE identifiers (hash TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE edits (
    id INTEGER PRIMARY KEY,
    created TEXT NOT NULL,
    what TEXT NOT NULL,
    reader TEXT NOT NULL,
    before TEXT NOT NULL
);
CREATE TABLE test_looks (created TEXT NOT NULL, what TEXT NOT NULL);
CREATE TABLE runs (
    id TEXT PRIMARY KEY,
    created TEXT NOT NULL,
    name TEXT NOT NULL,
    method TEXT NOT NULL,
    backbone TEXT NOT NULL,
    status TEXT NOT NULL,
    settings TEXT NOT NULL,
    metrics TEXT NOT NULL DEFAULT '{{}}',
    model_path TEXT,
    pid INTEGER,
    process_started REAL,
    note TEXT NOT NULL DEFAULT '',
    starred INTEGER NOT NULL DEFAULT 0,
    trashed TEXT
);
CREATE TABLE queue (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    position INTEGER NOT NULL,
    created TEXT NOT NULL,
    settings TEXT NOT NULL,
    resume TEXT
);
CREATE TABLE statements (topic TEXT PRIMARY KEY, text TEXT NOT NULL);
{_VERDICTS};
"""
UPGRADES = {
    3: (
        "ALTER TABLE runs ADD COLUMN note TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE runs ADD COLUMN starred INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE runs ADD COLUMN trashed TEXT",
        "CREATE TABLE queue (id INTEGER PRIMARY KEY AUTOINCREMENT, position INTEGER NOT NULL,"
        " created TEXT NOT NULL, settings TEXT NOT NULL, resume TEXT)",
    ),
    4: ("CREATE TABLE statements (topic TEXT PRIMARY KEY, text TEXT NOT NULL)",),
    5: (_VERDICTS,),
    6: ("DROP TABLE IF EXISTS readings",),
}
"""What turns a file of one version into the next one's."""
_PATIENCE_S = 30.0
_LEAST_FREE_BYTES = 2**16


class Database:
    """Opens a connection for each question or change, so threads and processes may share it.

    Args:
        project: The project folder.
        read_only: Refuse changes, in words.
    """

    def __init__(self, project: Path, read_only: bool = False) -> None:
        self._project = project
        self._read_only = read_only

    @contextmanager
    def connected(self) -> Iterator[sqlite3.Connection]:
        """A connection for questions, its failures in words.

        Raises:
            ProjectError: If the folder is gone, damaged or cannot be used.
            DiskFullError: If there is no space left.
        """
        # SQLite would make a new file where a network drive has gone away.
        if not (self._project / DATABASE).is_file():
            raise ProjectError(f"There is no project at {self._project}.", "Was it moved?")
        try:
            database = sqlite3.connect(self._project / DATABASE, timeout=_PATIENCE_S)
            try:
                database.row_factory = sqlite3.Row
                database.execute("PRAGMA journal_mode = WAL")
                # What is deleted or changed must leave no trace: it may be a file name.
                database.execute("PRAGMA secure_delete = ON")
                yield database
            finally:
                database.close()
        except sqlite3.IntegrityError:  # a caller's fault, not the folder's
            raise
        except sqlite3.OperationalError as error:
            raise self._unusable(error) from error
        except sqlite3.DatabaseError as error:
            raise self.damaged() from error

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """A connection for one change, all or nothing.

        Raises:
            ProjectError: If the project was opened to be read alone.
        """
        if self._read_only:
            raise ProjectError(
                f"{self._project.name} is open in another window, so it is read-only here.",
                "Make the change there, or close that window and open the project again.",
            )
        with self.connected() as database, database:
            database.execute("BEGIN IMMEDIATE")  # what it reads stays true until it writes
            yield database

    def damaged(self) -> ProjectError:
        """The refusal of a file that is no database."""
        return ProjectError(
            f"The project {self._project.name} is damaged: {DATABASE} cannot be read.",
            "Restore the folder from a backup.",
        )

    def _unusable(self, error: sqlite3.OperationalError) -> FptError:
        # Without space for its log, SQLite may speak of an I/O error only.
        there = self._project.is_dir()
        free = shutil.disk_usage(self._project).free if there else _LEAST_FREE_BYTES
        if "disk is full" in str(error) or free < _LEAST_FREE_BYTES:
            return translate_os_error(OSError(errno.ENOSPC, str(error)), self._project)
        return ProjectError(
            f"The project {self._project.name} cannot be used: {error}.",
            "Check that the folder is there and may be written to; nothing was changed.",
        )
