"""The folders that a project's images lie under, and where each image is below them."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from fpt_core.dataset.locations import found_below, is_hidden, is_there
from fpt_core.dataset.project_tables import ProjectTables
from fpt_core.errors import ProjectError


@dataclass(frozen=True, slots=True)
class Root:
    """A folder that images lie under."""

    path: Path
    images: int


class RootTable(ProjectTables):
    """Roots, which may move, and locations, which may be hidden."""

    def __init__(self, path: Path, read_only: bool = False) -> None:
        super().__init__(path, read_only)
        self._shown: dict[str, str] = {}
        """Hidden locations that were found, by their hash; kept in memory only."""

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
        found = sum(map(is_there, files))
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


class Places:
    """The folders of a project while images are added: each path belongs to one of them."""

    def __init__(self, table: RootTable, database: sqlite3.Connection, root: Path) -> None:
        self._table = table
        self._database = database
        self._ids = {
            str(table._absolute(row["path"])): int(row["id"])
            for row in database.execute("SELECT id, path FROM roots ORDER BY id")
        }
        self._add(root)

    def place(self, path: Path) -> tuple[int, str]:
        """The root of ``path``, and where it lies below it."""
        text = str(path)
        for root, number in self._ids.items():
            below = text.removeprefix(root)
            if below != text and below.startswith(os.sep):
                return number, below[1:].replace(os.sep, "/")
        return self._add(path.parent), path.name

    def _add(self, root: Path) -> int:
        if str(root) not in self._ids:
            cursor = self._database.execute(
                "INSERT INTO roots (path) VALUES (?)", (self._table._relative(root),)
            )
            self._ids[str(root)] = int(cursor.lastrowid or 0)
        return self._ids[str(root)]
