"""What readers said of the images that they reviewed, by the images' content."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass, fields

from fpt_core.dataset.project_tables import ProjectTables, now


@dataclass(frozen=True, slots=True)
class Verdict:
    """One reader's word on one image; the image itself need not be of the project."""

    image_hash: str
    """SHA-256 of its content, as the project keeps of its own images."""
    agrees: bool
    """With the model's answer."""
    class_name: str
    """What the image shows, as the reader says; empty where that was left open."""
    answer: str = ""
    """The class that the model answered."""
    probability: float | None = None
    """Which the model gave to its answer."""
    model: str = ""
    """The run, or the name of the model file where it is of no run."""
    note: str = ""
    reader: str = ""
    """Who says so; may be empty."""
    created: str = ""
    """ISO 8601, with the offset from UTC; empty until it is kept."""


_COLUMNS = tuple(field.name for field in fields(Verdict))


class VerdictTable(ProjectTables):
    """One verdict for each image and reader: the latest."""

    def keep_verdicts(self, verdicts: Sequence[Verdict]) -> None:
        """Keep these, in place of what the same readers said of the same images before."""
        marks = ", ".join(f":{name}" for name in _COLUMNS)
        rows = [dataclasses.asdict(v) | {"created": v.created or now()} for v in verdicts]
        with self._database.transaction() as database:
            database.executemany(
                f"INSERT OR REPLACE INTO verdicts ({', '.join(_COLUMNS)}) VALUES ({marks})", rows
            )

    def take_verdict_back(self, image_hash: str, reader: str = "") -> None:
        """Forget what a reader said of an image."""
        with self._database.transaction() as database:
            database.execute(
                "DELETE FROM verdicts WHERE image_hash = ? AND reader = ?", (image_hash, reader)
            )

    def verdicts(self) -> list[Verdict]:
        """All verdicts, the oldest first."""
        with self._database.connected() as database:
            rows = database.execute(
                f"SELECT {', '.join(_COLUMNS)} FROM verdicts ORDER BY created, image_hash, reader"
            ).fetchall()
        return [Verdict(**{**row, "agrees": bool(row["agrees"])}) for row in map(dict, rows)]
