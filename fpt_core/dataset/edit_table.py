"""Changes of labels, splits and of what is left out, made by hand, with undo."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from fpt_core.dataset.project_tables import ProjectTables, now
from fpt_core.dataset.records import SPLITS
from fpt_core.errors import DatasetError


@dataclass(frozen=True, slots=True)
class Edit:
    """A change of labels, splits or of what is left out, as it was made."""

    created: str
    what: str
    reader: str
    """Who said so; may be empty."""


class EditTable(ProjectTables):
    """What a person corrected."""

    def relabel(self, ids: Collection[int], class_name: str, reader: str = "") -> None:
        """Give images another label.

        Raises:
            DatasetError: If the label is empty.
        """
        class_name = class_name.strip()
        if not class_name:
            raise DatasetError("A class needs a name.", "Write one.")
        changes = [{"id": number, "class_name": class_name} for number in ids]
        self._edit(changes, f"{_images(len(ids))} labelled “{class_name}”", reader)

    def exclude(self, ids: Collection[int]) -> None:
        """Leave images out of training and of every figure; they stay in the project."""
        changes = [{"id": number, "excluded": 1} for number in ids]
        self._edit(changes, f"{_images(len(ids))} excluded")

    def include(self, ids: Collection[int]) -> None:
        """Take images in again."""
        changes = [{"id": number, "excluded": 0} for number in ids]
        self._edit(changes, f"{_images(len(ids))} included")

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

    def move(self, ids: Collection[int], split: str) -> int:
        """Put images into another split, and return how many were moved.

        All images of their patients, and copies of these, go with them, so that no
        patient is divided.

        Raises:
            DatasetError: If there is no such split.
        """
        if split not in SPLITS:
            raise DatasetError(
                f"There is no split {split!r}.", f"Choose one of {', '.join(SPLITS)}."
            )
        with self._database.connected() as database:
            moved = _together(database, ids)
            folds = dict(database.execute("SELECT id, fold FROM images").fetchall())
        # Test images have no fold; those that leave the test split go where the fewest are.
        sizes = Counter(fold for fold in folds.values() if fold is not None)
        smallest = min(sorted(sizes), key=sizes.__getitem__, default=None)
        changes = []
        for number in sorted(moved):
            kept = smallest if folds[number] is None else folds[number]
            fold = None if split == "test" else kept
            changes.append({"id": number, "split": split, "fold": fold})
        self._edit(changes, f"{_images(len(moved))} moved to {split}")
        return len(moved)

    def undo(self) -> str | None:
        """Take the last change back and say in words what it was; ``None`` if there is none."""
        with self._database.transaction() as database:
            row = database.execute("SELECT * FROM edits ORDER BY id DESC LIMIT 1").fetchone()
            if row is None:
                return None
            before = json.loads(row["before"])
            _set(database, before)
            # Images that were imported since stay with their patients.
            places = defaultdict(list)
            for image in before:
                if "split" in image:
                    places[image["split"], image["fold"]].append(image["id"])
            for (split, fold), ids in places.items():
                _set(
                    database,
                    [{"id": n, "split": split, "fold": fold} for n in _together(database, ids)],
                )
            database.execute("DELETE FROM edits WHERE id = ?", (row["id"],))
        return str(row["what"])

    def edits(self) -> list[Edit]:
        """The changes made by hand, the latest first."""
        with self._database.connected() as database:
            rows = database.execute("SELECT * FROM edits ORDER BY id DESC").fetchall()
        return [Edit(row["created"], row["what"], row["reader"]) for row in rows]

    def labels_changed_since(self, created: str) -> int:
        """How many images have another label than at that time, as ``now`` tells it."""
        with self._database.connected() as database:
            rows = database.execute(
                "SELECT before FROM edits WHERE julianday(created) > julianday(?) ORDER BY id DESC",
                (created,),
            ).fetchall()
            before: dict[int, str] = {}
            for row in rows:  # the earliest change overwrites the later ones
                for image in json.loads(row["before"]):
                    if "class_name" in image:
                        before[image["id"]] = image["class_name"]
            if not before:
                return 0
            today = dict(database.execute("SELECT id, class_name FROM images").fetchall())
        return sum(today[number] != label for number, label in before.items())

    def _edit(self, changes: Sequence[dict[str, Any]], what: str, reader: str = "") -> None:
        """Carry out changes of one kind and keep what was there before."""
        columns = ", ".join(changes[0]) if changes else "id"
        with self._database.transaction() as database:
            before = [
                dict(row)
                for change in changes
                for row in database.execute(f"SELECT {columns} FROM images WHERE id = :id", change)
            ]
            database.execute(
                "INSERT INTO edits (created, what, reader, before) VALUES (?, ?, ?, ?)",
                (now(), what, reader, json.dumps(before)),
            )
            _set(database, changes)


def _set(database: sqlite3.Connection, images: Sequence[dict[str, Any]]) -> None:
    """Give images, by their ``id``, the values of the columns that each dictionary names."""
    if images:
        columns = ", ".join(f"{column} = :{column}" for column in images[0] if column != "id")
        database.executemany(f"UPDATE images SET {columns} WHERE id = :id", images)


def _together(database: sqlite3.Connection, ids: Collection[int]) -> set[int]:
    """These images with all that share a patient or their content with them."""
    by_key: dict[str, list[int]] = defaultdict(list)
    keys: dict[int, tuple[str, ...]] = {}
    for row in database.execute("SELECT id, image_hash, patient FROM images"):
        keys[row["id"]] = tuple(
            key for key in (row["image_hash"], row["patient"]) if key is not None
        )
        for key in keys[row["id"]]:
            by_key[key].append(row["id"])
    together: set[int] = set()
    waiting = [number for number in ids if number in keys]
    while waiting:
        number = waiting.pop()
        if number not in together:
            together.add(number)
            for key in keys[number]:
                waiting += by_key.pop(key, ())
    return together


def _images(number: int) -> str:
    return "1 image" if number == 1 else f"{number:,} images"
