"""The project folder: images, labels, patients, splits and runs in one SQLite file.

Paths are kept relative to the project where they can be, so that project and data
can move together. Patients are kept as salted hashes.
"""

from __future__ import annotations

import errno
import hashlib
import hmac
import json
import os
import secrets
import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import psutil

from fpt_core.errors import FptError, ProjectError, translate_os_error

SUFFIX = ".fptproject"
SPLITS = ("train", "val", "test")
_SCHEMA_VERSION = 1
_DATABASE = "project.sqlite"
_PATIENCE_S = 30.0
_LEAST_FREE_BYTES = 2**16
_CLOCK_TOLERANCE_S = 2.0
"""The start of a process is told relative to the boot time, which setting the clock moves."""
_SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE images (
    id INTEGER PRIMARY KEY,
    path TEXT NOT NULL UNIQUE,
    image_hash TEXT NOT NULL UNIQUE,
    class_name TEXT NOT NULL,
    split TEXT NOT NULL,
    patient TEXT,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL
);
CREATE TABLE skipped (path TEXT PRIMARY KEY, reason TEXT NOT NULL);
CREATE TABLE runs (
    id TEXT PRIMARY KEY,
    created TEXT NOT NULL,
    name TEXT NOT NULL,
    method TEXT NOT NULL,
    backbone TEXT NOT NULL,
    status TEXT NOT NULL,
    settings TEXT NOT NULL,
    metrics TEXT NOT NULL DEFAULT '{}',
    model_path TEXT,
    pid INTEGER,
    process_started REAL
);
"""


@dataclass(frozen=True, slots=True)
class NewImage:
    """An image to be added."""

    path: Path
    image_hash: str
    """SHA-256 of the file, in hexadecimal."""
    class_name: str
    split: str
    patient: str | None
    """Salted hash; ``None`` where the patient is unknown."""
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class ImageRecord(NewImage):
    """An image of the project; its path is absolute."""

    id: int


@dataclass(frozen=True, slots=True)
class SkippedFile:
    """A file that was not imported, and why."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One training run."""

    id: str
    created: str
    name: str
    method: str
    backbone: str
    status: str
    """running, finished, stopped, failed, or interrupted where its process is gone."""
    settings: dict[str, Any]
    metrics: dict[str, Any]
    """By split."""
    model_path: Path | None

    @property
    def resumable(self) -> bool:
        """Whether the run can go on from its checkpoint."""
        return self.status in ("stopped", "interrupted", "failed")


class Project:
    """A project folder. Instances hold no connection, so threads and processes may share one.

    Args:
        path: The folder ``NAME.fptproject``; use ``open`` or ``create``.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.features_dir = path / "features"
        self.runs_dir = path / "runs"

    @classmethod
    def create(cls, path: Path) -> Project:
        """A new, empty project; the suffix is added where it is missing.

        Raises:
            ProjectError: If there is something at that place already.
        """
        path = _with_suffix(path).resolve()
        if path.exists():
            raise ProjectError(f"{path} exists already.", "Open it, or choose another name.")
        project = cls(path)
        try:
            project._make()
        except OSError as error:
            shutil.rmtree(path, ignore_errors=True)
            raise translate_os_error(error, path) from error
        except ProjectError:
            shutil.rmtree(path, ignore_errors=True)
            raise
        return project

    def _make(self) -> None:
        self.runs_dir.mkdir(parents=True)
        self.features_dir.mkdir()
        with self._transaction() as database:
            database.executescript(_SCHEMA)
            database.executemany(
                "INSERT INTO meta VALUES (?, ?)",
                [("schema_version", str(_SCHEMA_VERSION)), ("salt", secrets.token_hex(32))],
            )

    @classmethod
    def exists(cls, path: Path) -> bool:
        """Whether there is a project at ``path``."""
        return any((place / _DATABASE).is_file() for place in (path, _with_suffix(path)))

    @classmethod
    def open(cls, path: Path) -> Project:
        """The project at ``path``.

        Raises:
            ProjectError: If there is none, or it is damaged or of a newer version.
        """
        path = path if path.is_dir() else _with_suffix(path)
        if not (path / _DATABASE).is_file():
            raise ProjectError(
                f"There is no project at {path}.", "Check the path, or make one with `fpt new`."
            )
        project = cls(path.resolve())
        try:
            found = int(project._meta("schema_version"))
        except (TypeError, ValueError) as error:
            raise project._damaged() from error
        if found > _SCHEMA_VERSION:
            raise ProjectError(
                f"The project {path.name} was made by a newer version (format {found}).",
                "Update FPT Studio.",
            )
        return project

    # --- images -------------------------------------------------------------------

    def images(self, split: str | None = None) -> list[ImageRecord]:
        """The images, or those of one split, ordered by content so that order never varies."""
        query = "SELECT * FROM images"
        arguments: tuple[str, ...] = ()
        if split is not None:
            query, arguments = f"{query} WHERE split = ?", (split,)
        with self._connected() as database:
            rows = database.execute(f"{query} ORDER BY image_hash", arguments).fetchall()
        return [ImageRecord(**{**dict(row), "path": self._absolute(row["path"])}) for row in rows]

    def add(self, images: Sequence[NewImage], skipped: Sequence[SkippedFile]) -> None:
        """Add images and the list of what was skipped, all or nothing."""
        rows = [
            (
                self._relative(image.path),
                image.image_hash,
                image.class_name,
                image.split,
                image.patient,
                image.width,
                image.height,
            )
            for image in images
        ]
        with self._transaction() as database:
            database.executemany(
                "INSERT INTO images (path, image_hash, class_name, split, patient, width, height)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                rows,
            )
            database.executemany("DELETE FROM skipped WHERE path = ?", [row[:1] for row in rows])
            database.executemany(
                "INSERT OR REPLACE INTO skipped VALUES (?, ?)",
                [(self._relative(Path(file.path)), file.reason) for file in skipped],
            )

    def skipped(self) -> list[SkippedFile]:
        """All files that were not imported, with reasons."""
        with self._connected() as database:
            rows = database.execute("SELECT path, reason FROM skipped ORDER BY path").fetchall()
        return [SkippedFile(str(self._absolute(row["path"])), row["reason"]) for row in rows]

    @property
    def class_names(self) -> tuple[str, ...]:
        """The classes in alphabetical order; a class's place is its index in every model."""
        return tuple(self.counts())

    def counts(self) -> dict[str, dict[str, int]]:
        """Images by class and split."""
        counts: dict[str, dict[str, int]] = {}
        with self._connected() as database:
            for row in database.execute(
                "SELECT class_name, split, COUNT(*) AS n FROM images GROUP BY class_name, split"
                " ORDER BY class_name"
            ):
                counts.setdefault(row["class_name"], dict.fromkeys(SPLITS, 0))[row["split"]] = row[
                    "n"
                ]
        return counts

    def num_patients(self) -> int | None:
        """Patients in all; ``None`` where some image's patient is unknown."""
        with self._connected() as database:
            known, distinct, total = database.execute(
                "SELECT COUNT(patient), COUNT(DISTINCT patient), COUNT(*) FROM images"
            ).fetchone()
        return distinct if known == total else None

    def patient_hash(self, patient_id: str) -> str:
        """The project's salted hash of a patient id; the id itself is kept nowhere."""
        key = bytes.fromhex(self._meta("salt"))
        return hmac.new(key, patient_id.encode(), hashlib.sha256).hexdigest()

    # --- runs ---------------------------------------------------------------------

    def add_run(self, method: str, backbone: str, settings: dict[str, Any]) -> str:
        """Register a run of this process and return its id, which sorts by time."""
        now = datetime.now().astimezone()
        run_id = f"{now:%Y%m%d-%H%M%S}-{method.replace('+', '-plus')}-{secrets.token_hex(2)}"
        with self._transaction() as database:
            database.execute(
                "INSERT INTO runs (id, created, name, method, backbone, status, settings)"
                " VALUES (?, ?, ?, ?, ?, 'stopped', ?)",
                (run_id, now.isoformat(), run_id, method, backbone, json.dumps(settings)),
            )
        return run_id

    def update_run(
        self,
        run_id: str,
        status: str | None = None,
        backbone: str | None = None,
        metrics: dict[str, Any] | None = None,
        model_path: Path | None = None,
    ) -> None:
        """Change what is given; ``running`` is tied to the present process."""
        changes: dict[str, Any] = {}
        if status is not None:
            changes["status"] = status
        if status == "running":
            changes["pid"] = os.getpid()
            changes["process_started"] = psutil.Process().create_time()
        if backbone is not None:
            changes["backbone"] = backbone
        if metrics is not None:
            changes["metrics"] = json.dumps(metrics)
        if model_path is not None:
            changes["model_path"] = self._relative(model_path)
        columns = ", ".join(f"{column} = ?" for column in changes)
        with self._transaction() as database:
            database.execute(f"UPDATE runs SET {columns} WHERE id = ?", (*changes.values(), run_id))

    def runs(self) -> list[RunRecord]:
        """All runs, the newest first."""
        with self._connected() as database:
            rows = database.execute("SELECT * FROM runs ORDER BY created DESC, id DESC").fetchall()
        return [self._run_record(row) for row in rows]

    def run(self, run_id: str) -> RunRecord:
        """One run.

        Raises:
            ProjectError: If there is no run of that id.
        """
        for run in self.runs():
            if run.id == run_id:
                return run
        raise ProjectError(
            f"The project {self.path.name} has no run {run_id!r}.",
            "`fpt compare` lists the runs that there are.",
        )

    def _run_record(self, row: sqlite3.Row) -> RunRecord:
        status = row["status"]
        if status == "running" and not _is_alive(row["pid"], row["process_started"]):
            status = "interrupted"
        model = row["model_path"]
        return RunRecord(
            id=row["id"],
            created=row["created"],
            name=row["name"],
            method=row["method"],
            backbone=row["backbone"],
            status=status,
            settings=json.loads(row["settings"]),
            metrics=json.loads(row["metrics"]),
            model_path=None if model is None else self._absolute(model),
        )

    # --- database -----------------------------------------------------------------

    def _meta(self, key: str) -> str:
        with self._connected() as database:
            row = database.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return str(row["value"])

    @contextmanager
    def _connected(self) -> Iterator[sqlite3.Connection]:
        """A connection for one question or one change, its failures in words."""
        if not self.path.is_dir():
            raise ProjectError(f"There is no project at {self.path}.", "Was it moved or deleted?")
        try:
            database = sqlite3.connect(self.path / _DATABASE, timeout=_PATIENCE_S)
            try:
                database.row_factory = sqlite3.Row
                database.execute("PRAGMA journal_mode = WAL")
                yield database
            finally:
                database.close()
        except sqlite3.IntegrityError:  # a caller's fault, not the folder's
            raise
        except sqlite3.OperationalError as error:
            raise self._unusable(error) from error
        except sqlite3.DatabaseError as error:
            raise self._damaged() from error

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._connected() as database, database:
            yield database

    def _unusable(self, error: sqlite3.OperationalError) -> FptError:
        # Without space for its log, SQLite may speak of an I/O error only.
        free = shutil.disk_usage(self.path).free if self.path.is_dir() else _LEAST_FREE_BYTES
        if "disk is full" in str(error) or free < _LEAST_FREE_BYTES:
            return translate_os_error(OSError(errno.ENOSPC, str(error)), self.path)
        return ProjectError(
            f"The project {self.path.name} cannot be used: {error}.",
            "Check that the folder is there and may be written to; nothing was changed.",
        )

    def _damaged(self) -> ProjectError:
        return ProjectError(
            f"The project {self.path.name} is damaged: {_DATABASE} cannot be read.",
            "Restore the folder from a backup.",
        )

    def _relative(self, path: Path) -> str:
        try:
            return Path(os.path.relpath(path, self.path)).as_posix()
        except ValueError:  # another drive
            return str(path)

    def _absolute(self, path: str) -> Path:
        return Path(os.path.normpath(self.path / path))


def _with_suffix(path: Path) -> Path:
    return path if path.suffix == SUFFIX else path.with_name(path.name + SUFFIX)


def _is_alive(pid: int | None, started: float | None) -> bool:
    if pid is None:
        return False
    try:
        process = psutil.Process(pid)
        same = abs(process.create_time() - (started or 0.0)) < _CLOCK_TOLERANCE_S
        return bool(same and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False
