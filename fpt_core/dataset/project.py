"""The project folder: images, labels, patients, splits and runs in one SQLite file.

Paths are kept relative to the project where they can be, so that project and data
can move together. Patients are kept as salted hashes, and so are file names that
would name one.
"""

from __future__ import annotations

import dataclasses
import json
import os
import secrets
import shutil
import sqlite3
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import psutil

from fpt_core.config import PixelRecipe, to_dict
from fpt_core.dataset.database import DATABASE, SCHEMA, SCHEMA_VERSION, Database
from fpt_core.dataset.locations import found_below, hidden, is_hidden, salted_hash
from fpt_core.dataset.records import SPLITS, ImageFacts, ImageRecord, NewImage, SkippedFile
from fpt_core.errors import DatasetError, ProjectError, translate_os_error

SUFFIX = ".fptproject"
_CLOCK_TOLERANCE_S = 2.0
"""The start of a process is told relative to the boot time, which setting the clock moves."""
_COLUMNS = (
    "root, location, frame, image_hash, class_name, split, fold, patient, width, height,"
    " file_mtime_ns, facts"
)


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


@dataclass(frozen=True, slots=True)
class Root:
    """A folder that images lie under."""

    path: Path
    images: int


@dataclass(frozen=True, slots=True)
class Edit:
    """A change of labels or of what is left out, as it was made."""

    created: str
    what: str
    reader: str
    """Who said so; may be empty."""


class Project:
    """A project folder. Instances hold no connection, so threads and processes may share one.

    Args:
        path: The folder ``NAME.fptproject``; use ``open`` or ``create``.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.features_dir = path / "features"
        self.runs_dir = path / "runs"
        self._database = Database(path)
        self._kept_salt: bytes | None = None
        self._shown: dict[str, str] = {}
        """Hidden locations that were found, by their hash; kept in memory only."""

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
        with self._database.transaction() as database:
            database.executescript(SCHEMA)
            database.executemany(
                "INSERT INTO meta VALUES (?, ?)",
                [("schema_version", str(SCHEMA_VERSION)), ("salt", secrets.token_hex(32))],
            )

    @classmethod
    def exists(cls, path: Path) -> bool:
        """Whether there is a project at ``path``."""
        return any((place / DATABASE).is_file() for place in (path, _with_suffix(path)))

    @classmethod
    def open(cls, path: Path) -> Project:
        """The project at ``path``.

        Raises:
            ProjectError: If there is none, or it is damaged or of another version.
        """
        path = path if path.is_dir() else _with_suffix(path)
        if not (path / DATABASE).is_file():
            raise ProjectError(
                f"There is no project at {path}.", "Check the path, or make one with `fpt new`."
            )
        project = cls(path.resolve())
        try:
            found = int(project._meta("schema_version") or "")
        except ValueError as error:
            raise project._database.damaged() from error
        if found > SCHEMA_VERSION:
            raise ProjectError(
                f"The project {path.name} was made by a newer version (format {found}).",
                "Update FPT Studio.",
            )
        if found < SCHEMA_VERSION:
            raise ProjectError(
                f"The project {path.name} was made by a trial version (format {found}).",
                "Import its images into a new project.",
            )
        return project

    # --- images -------------------------------------------------------------------

    def images(
        self, split: str | None = None, *, include_excluded: bool = False
    ) -> list[ImageRecord]:
        """The images, or those of one split, ordered by content so that order never varies."""
        conditions = [] if include_excluded else ["excluded = 0"]
        if split is not None:
            conditions.append("split = :split")
        where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
        with self._database.connected() as database:
            rows = database.execute(
                "SELECT id, root, location, frame, image_hash, class_name, split, fold, patient,"
                f" width, height, excluded FROM images {where} ORDER BY image_hash, id",
                {"split": split},
            ).fetchall()
        paths = self._paths([(row["root"], row["location"]) for row in rows])
        return [
            ImageRecord(
                id=row["id"],
                path=path,
                frame=row["frame"],
                image_hash=row["image_hash"],
                class_name=row["class_name"],
                split=row["split"],
                fold=row["fold"],
                patient=row["patient"],
                width=row["width"],
                height=row["height"],
                excluded=bool(row["excluded"]),
            )
            for row, path in zip(rows, paths, strict=True)
        ]

    def facts(self) -> dict[int, ImageFacts]:
        """What is known of every image beside its pixels and label, by the image's id."""
        with self._database.connected() as database:
            rows = database.execute("SELECT id, facts FROM images").fetchall()
        return {row["id"]: ImageFacts(**json.loads(row["facts"])) for row in rows}

    def mtimes(self) -> dict[int, int]:
        """When each image's file was last changed as it was imported, by the image's id."""
        with self._database.connected() as database:
            rows = database.execute("SELECT id, file_mtime_ns FROM images").fetchall()
        return {row["id"]: row["file_mtime_ns"] for row in rows}

    def add(
        self,
        images: Sequence[NewImage],
        skipped: Sequence[SkippedFile],
        root: Path,
        *,
        private: Collection[str] = (),
    ) -> None:
        """Add images and the list of what was skipped, all or nothing.

        An image at a path and frame that the project has already replaces what it knew,
        but keeps the split.

        Args:
            images: New images.
            skipped: Files left out, with reasons.
            root: The folder that they lie under.
            private: Paths among ``skipped`` that hold an identifier.
        """
        with self._database.transaction() as database:
            roots = _Roots(self, database, root)
            rows = [self._row(image, roots) for image in images]
            database.executemany(
                f"INSERT INTO images ({_COLUMNS}) VALUES ({', '.join('?' * 12)})"
                " ON CONFLICT (root, location, frame) DO UPDATE SET"
                " image_hash = excluded.image_hash, width = excluded.width,"
                " height = excluded.height, file_mtime_ns = excluded.file_mtime_ns,"
                " facts = excluded.facts",
                rows,
            )
            database.executemany(
                "DELETE FROM skipped WHERE root = ? AND location = ?", [row[:2] for row in rows]
            )
            places = [self._place(Path(file.path), file.path in private, roots) for file in skipped]
            database.executemany(
                "INSERT OR REPLACE INTO skipped VALUES (?, ?, ?)",
                [(*place, file.reason) for place, file in zip(places, skipped, strict=True)],
            )
            database.execute("DELETE FROM readings")

    def _row(self, image: NewImage, roots: _Roots) -> tuple[Any, ...]:
        return (
            *self._place(image.path, image.private_name, roots),
            image.frame,
            image.image_hash,
            image.class_name,
            image.split,
            image.fold,
            image.patient,
            image.width,
            image.height,
            image.file_mtime_ns,
            json.dumps(dataclasses.asdict(image.facts)),
        )

    def _place(self, path: Path, private: bool, roots: _Roots) -> tuple[int, str]:
        number, location = roots.place(path)
        if private:
            key = hidden(self._salt, location)
            self._shown[key] = location
            location = key
        return number, location

    def skipped(self) -> list[SkippedFile]:
        """All files that were not imported, with reasons."""
        with self._database.connected() as database:
            rows = database.execute("SELECT * FROM skipped ORDER BY root, location").fetchall()
        paths = self._paths([(row["root"], row["location"]) for row in rows])
        return [
            SkippedFile(str(path), row["reason"]) for row, path in zip(rows, paths, strict=True)
        ]

    @property
    def class_names(self) -> tuple[str, ...]:
        """The classes in alphabetical order; a class's place is its index in every model."""
        return tuple(self.counts())

    def counts(self) -> dict[str, dict[str, int]]:
        """Images by class and split, without those that are excluded."""
        counts: dict[str, dict[str, int]] = {}
        with self._database.connected() as database:
            for row in database.execute(
                "SELECT class_name, split, COUNT(*) AS n FROM images WHERE excluded = 0"
                " GROUP BY class_name, split ORDER BY class_name"
            ):
                counts.setdefault(row["class_name"], dict.fromkeys(SPLITS, 0))[row["split"]] = row[
                    "n"
                ]
        return counts

    def num_patients(self) -> int | None:
        """Patients in all; ``None`` where some image's patient is unknown."""
        with self._database.connected() as database:
            known, distinct, total = database.execute(
                "SELECT COUNT(patient), COUNT(DISTINCT patient), COUNT(*) FROM images"
                " WHERE excluded = 0"
            ).fetchone()
        return distinct if known == total else None

    def patient_hash(self, patient_id: str) -> str:
        """The project's salted hash of a patient id; the id itself is kept nowhere."""
        return salted_hash(self._salt, patient_id)

    # --- readings: what a cancelled import has read already ---------------------------

    def readings(self) -> dict[str, str]:
        """What an import that did not end has read, by keys that name nobody."""
        with self._database.connected() as database:
            return dict(database.execute("SELECT key, value FROM readings").fetchall())

    def keep_readings(self, readings: Iterable[tuple[str, str]]) -> None:
        """Keep what was read, until ``add`` ends the import."""
        with self._database.transaction() as database:
            database.executemany("INSERT OR REPLACE INTO readings VALUES (?, ?)", readings)

    # --- roots ----------------------------------------------------------------------

    def roots(self) -> list[Root]:
        """The folders that the images lie under."""
        with self._database.connected() as database:
            rows = database.execute(
                "SELECT path, (SELECT COUNT(*) FROM images WHERE root = roots.id) AS images"
                " FROM roots ORDER BY path"
            ).fetchall()
        return [Root(self._absolute(row["path"]), row["images"]) for row in rows]

    def missing_roots(self) -> list[Root]:
        """Folders that hold images of the project but are not where they were."""
        return [root for root in self.roots() if root.images and not root.path.is_dir()]

    def relocate(self, old: Path, new: Path) -> int:
        """Point at the new place of a folder that has moved, and return how many images are there.

        Raises:
            ProjectError: If ``old`` is none of the roots, or ``new`` holds none of its images.
        """
        with self._database.connected() as database:
            ids = {
                self._absolute(row["path"]): row["id"]
                for row in database.execute("SELECT id, path FROM roots")
            }
            if old not in ids:
                raise ProjectError(
                    f"No image of {self.path.name} was imported from {old}.",
                    f"Choose one of: {', '.join(map(str, ids))}.",
                )
            kept = [
                row["location"]
                for row in database.execute(
                    "SELECT DISTINCT location FROM images WHERE root = ?", (ids[old],)
                )
            ]
        shown = self._show(new, {location for location in kept if is_hidden(location)})
        files = {new / shown.get(location, location) for location in kept}
        found = sum(file.is_file() for file in files)
        if kept and not found:
            raise ProjectError(
                f"{new} holds none of the {len(files)} files that were imported from {old.name}.",
                "Choose the folder that the images now lie under.",
            )
        with self._database.transaction() as database:
            taken = database.execute(
                "SELECT id FROM roots WHERE path = ?", (self._relative(new),)
            ).fetchone()
            if taken is not None and taken["id"] != ids[old]:
                raise ProjectError(
                    f"{new} is a folder of this project already.",
                    "Choose the new place of the folder that has moved.",
                )
            database.execute(
                "UPDATE roots SET path = ? WHERE id = ?", (self._relative(new), ids[old])
            )
        return int(found)

    def _paths(self, places: Sequence[tuple[int, str]]) -> list[Path]:
        """Absolute paths; a hidden one that is not found any more stays a hash."""
        with self._database.connected() as database:
            roots = {
                row["id"]: self._absolute(row["path"])
                for row in database.execute("SELECT id, path FROM roots")
            }
        unknown: dict[int, set[str]] = {}
        for root, location in places:
            if is_hidden(location) and location not in self._shown:
                unknown.setdefault(root, set()).add(location)
        for root, wanted in unknown.items():
            self._show(roots[root], wanted)
        return [roots[root] / self._shown.get(location, location) for root, location in places]

    def _show(self, root: Path, wanted: set[str]) -> dict[str, str]:
        if wanted:
            self._shown.update(found_below(root, self._salt, wanted))
        return self._shown

    # --- labels, with undo ------------------------------------------------------------

    def relabel(self, ids: Collection[int], class_name: str, reader: str = "") -> None:
        """Give images another label.

        Raises:
            DatasetError: If the label is empty.
        """
        class_name = class_name.strip()
        if not class_name:
            raise DatasetError("A class needs a name.", "Write one.")
        self._edit(
            ids, {"class_name": class_name}, f"{_images(len(ids))} labelled “{class_name}”", reader
        )

    def exclude(self, ids: Collection[int]) -> None:
        """Leave images out of training and of every figure; they stay in the project."""
        self._edit(ids, {"excluded": 1}, f"{_images(len(ids))} excluded")

    def include(self, ids: Collection[int]) -> None:
        """Take images in again."""
        self._edit(ids, {"excluded": 0}, f"{_images(len(ids))} included")

    def rename_class(self, old: str, new: str) -> None:
        """Rename a class; one that exists already is merged with it.

        Raises:
            DatasetError: If there is no such class, or the new name is empty.
        """
        with self._database.connected() as database:
            ids = [
                row["id"]
                for row in database.execute("SELECT id FROM images WHERE class_name = ?", (old,))
            ]
        if not ids:
            raise DatasetError(f"There is no class {old!r}.", "Choose one that there is.")
        self.relabel(ids, new)

    def undo(self) -> str | None:
        """Take the last change back and say in words what it was; ``None`` if there is none."""
        with self._database.transaction() as database:
            row = database.execute("SELECT * FROM edits ORDER BY id DESC LIMIT 1").fetchone()
            if row is None:
                return None
            database.executemany(
                "UPDATE images SET class_name = ?, excluded = ? WHERE id = ?",
                json.loads(row["before"]),
            )
            database.execute("DELETE FROM edits WHERE id = ?", (row["id"],))
        return str(row["what"])

    def edits(self) -> list[Edit]:
        """The changes made by hand, the latest first."""
        with self._database.connected() as database:
            rows = database.execute("SELECT * FROM edits ORDER BY id DESC").fetchall()
        return [Edit(row["created"], row["what"], row["reader"]) for row in rows]

    def _edit(
        self, ids: Collection[int], change: Mapping[str, Any], what: str, reader: str = ""
    ) -> None:
        columns = ", ".join(f"{column} = ?" for column in change)
        with self._database.transaction() as database:
            before = [
                row
                for number in ids
                for row in database.execute(
                    "SELECT class_name, excluded, id FROM images WHERE id = ?", (number,)
                )
            ]
            database.execute(
                "INSERT INTO edits (created, what, reader, before) VALUES (?, ?, ?, ?)",
                (_now(), what, reader, json.dumps([tuple(row) for row in before])),
            )
            database.executemany(
                f"UPDATE images SET {columns} WHERE id = ?",
                [(*change.values(), number) for number in ids],
            )

    # --- recipe and sealed test split -------------------------------------------------

    def recipe(self) -> PixelRecipe:
        """How the pixels of this data set become what a model sees."""
        kept = self._meta("recipe")
        return PixelRecipe() if kept is None else PixelRecipe(**json.loads(kept))

    def set_recipe(self, recipe: PixelRecipe) -> None:
        """Use ``recipe`` from the next run on."""
        with self._database.transaction() as database:
            database.execute(
                "INSERT OR REPLACE INTO meta VALUES ('recipe', ?)", (json.dumps(to_dict(recipe)),)
            )

    def record_test_look(self, what: str) -> None:
        """Count that somebody looked at results on the test split."""
        with self._database.transaction() as database:
            database.execute("INSERT INTO test_looks VALUES (?, ?)", (_now(), what))

    def test_looks(self) -> list[tuple[str, str]]:
        """When the test split was looked at, and what for."""
        with self._database.connected() as database:
            rows = database.execute("SELECT created, what FROM test_looks ORDER BY rowid")
            return [(row["created"], row["what"]) for row in rows]

    # --- runs ---------------------------------------------------------------------

    def add_run(self, method: str, backbone: str, settings: dict[str, Any]) -> str:
        """Register a run of this process and return its id, which sorts by time."""
        now = datetime.now().astimezone()
        run_id = f"{now:%Y%m%d-%H%M%S}-{method.replace('+', '-plus')}-{secrets.token_hex(2)}"
        with self._database.transaction() as database:
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
        with self._database.transaction() as database:
            database.execute(f"UPDATE runs SET {columns} WHERE id = ?", (*changes.values(), run_id))

    def runs(self) -> list[RunRecord]:
        """All runs, the newest first."""
        with self._database.connected() as database:
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


class _Roots:
    """The folders of a project while images are added: each path belongs to one of them."""

    def __init__(self, project: Project, database: sqlite3.Connection, root: Path) -> None:
        self._project = project
        self._database = database
        self._ids = {
            project._absolute(row["path"]): int(row["id"])
            for row in database.execute("SELECT id, path FROM roots ORDER BY id")
        }
        self._add(root)

    def place(self, path: Path) -> tuple[int, str]:
        """The root of ``path``, and where it lies below it."""
        for root, number in self._ids.items():
            if path.is_relative_to(root):
                return number, path.relative_to(root).as_posix()
        return self._add(path.parent), path.name

    def _add(self, root: Path) -> int:
        if root not in self._ids:
            cursor = self._database.execute(
                "INSERT INTO roots (path) VALUES (?)", (self._project._relative(root),)
            )
            self._ids[root] = int(cursor.lastrowid or 0)
        return self._ids[root]


def _images(number: int) -> str:
    return "1 image" if number == 1 else f"{number:,} images"


def _now() -> str:
    return datetime.now().astimezone().isoformat(timespec="seconds")


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
