"""The images of a project, and the files that were left out."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from fpt_core.dataset.copies import without_copies
from fpt_core.dataset.locations import hidden, salted_hash
from fpt_core.dataset.records import (
    ONE_FILE,
    SPLITS,
    ImageFacts,
    ImageRecord,
    NewImage,
    SkippedFile,
)
from fpt_core.dataset.root_table import Places, RootTable

_COLUMNS = (
    "root, location, frame, image_hash, class_name, split, fold, patient, width, height,"
    " file_mtime_ns, facts"
)


class ImageTable(RootTable):
    """Images, and files left out."""

    def images(
        self, split: str | None = None, *, include_excluded: bool = False
    ) -> list[ImageRecord]:
        """The images, or those of one split, ordered by content so that order never varies."""
        conditions = [] if include_excluded else ["excluded = 0"]
        if split is not None:
            conditions.append("split = ?")
        return self._selected(conditions, [] if split is None else [split])

    def with_content(self, image_hashes: Sequence[str]) -> list[ImageRecord]:
        """The images of these contents, each once and in their order; absent ones are left out."""
        marks = ", ".join("?" * len(image_hashes))
        found = self._selected([f"image_hash IN ({marks})"], image_hashes)
        by_hash = {image.image_hash: image for image in found}
        return [by_hash[key] for key in image_hashes if key in by_hash]

    def _selected(self, conditions: Sequence[str], values: Sequence[str]) -> list[ImageRecord]:
        where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
        with self._database.connected() as database:
            rows = database.execute(
                "SELECT id, root, location, frame, image_hash, class_name, split, fold, patient,"
                f" width, height, excluded FROM images {where} ORDER BY image_hash, id",
                values,
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

    def examples(self, split: str | None = None) -> list[ImageRecord]:
        """The images that a model learns from and is measured on: each content once."""
        return without_copies(self.images(split))

    def facts(self) -> dict[int, ImageFacts]:
        """What is known of every image beside its pixels and label, by the image's id."""
        with self._database.connected() as database:
            rows = database.execute("SELECT id, facts FROM images").fetchall()
        return {row["id"]: ImageFacts.from_json(row["facts"]) for row in rows}

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
        folds: Mapping[int, int] = MappingProxyType({}),
        identifiers: Collection[str] = (),
    ) -> None:
        """Add images and the list of what was skipped, all or nothing.

        An image at a path and frame that the project has already replaces what it knew,
        but keeps the label and whether it is excluded.

        Args:
            images: New and changed images.
            skipped: Files left out, with reasons.
            root: The folder that they lie under.
            private: Paths among ``skipped`` that hold an identifier.
            folds: New folds of images that the project has, by their ids.
            identifiers: Salted hashes of what must appear nowhere in the project.
        """
        with self._database.transaction() as database:
            places = Places(self, database, root)
            rows = [self._row(image, places) for image in images]
            database.executemany(
                "UPDATE images SET root = ?, location = ? WHERE id = ?",
                [
                    (*row[:2], image.moved_from)
                    for image, row in zip(images, rows, strict=True)
                    if image.moved_from is not None
                ],
            )
            database.executemany(
                f"INSERT INTO images ({_COLUMNS}) VALUES ({', '.join('?' * 12)})"
                " ON CONFLICT (root, location, frame) DO UPDATE SET"
                " image_hash = excluded.image_hash, split = excluded.split,"
                " fold = excluded.fold, patient = excluded.patient,"
                " width = excluded.width, height = excluded.height,"
                " file_mtime_ns = excluded.file_mtime_ns, facts = excluded.facts",
                rows,
            )
            database.executemany(
                "DELETE FROM skipped WHERE root = ? AND location = ?", [row[:2] for row in rows]
            )
            left_out = [
                (*self._place(Path(file.path), file.path in private, places), file.reason)
                for file in skipped
            ]
            database.executemany("INSERT OR REPLACE INTO skipped VALUES (?, ?, ?)", left_out)
            database.executemany(
                "UPDATE images SET fold = ? WHERE id = ?",
                [(fold, number) for number, fold in folds.items()],
            )
            database.executemany(
                "INSERT OR IGNORE INTO identifiers VALUES (?)", [(key,) for key in identifiers]
            )

    def _row(self, image: NewImage, places: Places) -> tuple[Any, ...]:
        return (
            *self._place(image.path, image.private_name, places),
            image.frame,
            image.image_hash,
            image.class_name,
            image.split,
            image.fold,
            image.patient,
            image.width,
            image.height,
            image.file_mtime_ns,
            image.facts.to_json(),
        )

    def _place(self, path: Path, private: bool, places: Places) -> tuple[int, str]:
        number, location = places.place(path)
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
    def has_images(self) -> bool:
        """Whether there is an image that is not excluded; known at once, however many there are."""
        with self._database.connected() as database:
            found = database.execute("SELECT 1 FROM images WHERE excluded = 0 LIMIT 1").fetchone()
        return found is not None

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

    def num_conflicting(self) -> int:
        """Images of which there are exact copies with another label."""
        with self._database.connected() as database:
            (number,) = database.execute(
                "SELECT COUNT(*) FROM images WHERE excluded = 0 AND image_hash IN"
                " (SELECT image_hash FROM images WHERE excluded = 0 GROUP BY image_hash"
                " HAVING COUNT(DISTINCT class_name) > 1)"
            ).fetchone()
        return int(number)

    def num_patients(self) -> int | None:
        """Patients in all; ``None`` where some image's patient is unknown."""
        with self._database.connected() as database:
            known, distinct, total = database.execute(
                f"SELECT COUNT(*) FILTER (WHERE patient NOT LIKE '{ONE_FILE}%'),"
                " COUNT(DISTINCT patient), COUNT(*) FROM images"
                " WHERE excluded = 0"
            ).fetchone()
        return distinct if known == total else None

    def patient_hash(self, patient_id: str) -> str:
        """The project's salted hash of a patient id; the id itself is kept nowhere."""
        return self.salted_hash(patient_id)

    def identifier_hashes(self) -> frozenset[str]:
        """Salted hashes of all identifiers that imports met, to look for them in texts."""
        with self._database.connected() as database:
            return frozenset(
                row["hash"] for row in database.execute("SELECT hash FROM identifiers")
            )

    def salted_hash(self, text: str) -> str:
        """The project's own hash of ``text``."""
        return salted_hash(self._salt, text)
