"""Many images and their answers in one SQLite file, written by a worker while others read.

It grows with the images, memory does not: readers take the few rows that they show.
"""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

import numpy as np

from fpt_core.answers.series_rule import SeriesRule
from fpt_core.errors import FptError, translate_os_error
from fpt_core.events import Predicted, PredictionFailed, TokenMap

_SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS images (
    id INTEGER PRIMARY KEY,
    path TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    names_patient INTEGER NOT NULL DEFAULT 0,
    class_name TEXT,
    probability REAL,
    is_unlike INTEGER NOT NULL DEFAULT 0,
    is_uncertain INTEGER NOT NULL DEFAULT 0,
    answer TEXT,
    maps BLOB,
    frame INTEGER NOT NULL DEFAULT 0,
    frames INTEGER NOT NULL DEFAULT 1,
    frame_answers TEXT,
    refusal TEXT
);
"""
_COLUMNS = (
    "id, path, name, names_patient, class_name, probability, is_unlike, is_uncertain, refusal,"
    " frame, frames"
)
_FORGOTTEN = (
    "class_name = NULL, probability = NULL, is_unlike = 0, is_uncertain = 0, answer = NULL,"
    " maps = NULL, refusal = NULL, frame = 0, frames = 1, frame_answers = NULL"
)
_PATIENCE_S = 30.0
_AT_ONCE = 500


class Which(Enum):
    """Part of the images."""

    ALL = "All"
    UNLIKE = "Unlike the training images"
    UNCERTAIN = "Uncertain"
    REFUSED = "Not answered"
    WAITING = "Waiting"


_WHERE = {
    Which.ALL: "1",
    Which.UNLIKE: "is_unlike",
    Which.UNCERTAIN: "is_uncertain",
    Which.REFUSED: "refusal IS NOT NULL",
    Which.WAITING: "class_name IS NULL AND refusal IS NULL",
}


class Order(Enum):
    """By what images can be sorted; the value is the column."""

    NUMBER = "id"
    NAME = "name"
    CLASS = "class_name"
    PROBABILITY = "probability"
    FLAGS = "4 * (refusal IS NOT NULL) + 2 * is_unlike + is_uncertain"


@dataclass(frozen=True, slots=True)
class QueuedImage:
    """One image, with what a table shows of its answer."""

    number: int
    """From 1, in the order in which the images came."""
    path: Path
    name: str
    """Relative to the folder or archive that was given."""
    names_patient: bool
    """Whether the name holds an identifier that the file has inside."""
    class_name: str | None
    """The most probable class; ``None``: not answered, or not yet."""
    probability: float | None
    is_unlike: bool
    is_uncertain: bool
    """Between the model's thresholds for ruling out and ruling in."""
    refusal: str | None
    """Why there is no answer, in words."""
    frame: int = 0
    """The frame that its thumbnail shows; of several the one that speaks most for the answer."""
    frames: int = 1
    """Of the file, or slices of the series; known once it is answered."""

    @property
    def image_hash(self) -> str:
        """By what its thumbnail is told from others; the content of waiting files is not read."""
        return f"{self.path}:{self.frame}"


@dataclass(frozen=True, slots=True)
class Counts:
    """How many images there are, and how many of which kind."""

    images: int
    waiting: int
    refused: int
    unlike: int
    uncertain: int
    of_frames: int = 0
    """Answered by the rule for several frames."""


@dataclass(frozen=True, slots=True)
class FrameAnswers:
    """The answers to the frames of one file, or to the slices of one series."""

    frames: int
    """Of the file, in all."""
    answered: Mapping[int, tuple[float, ...]]
    """Probabilities by frame; those that cannot be read are absent."""

    def by(self, rule: SeriesRule) -> tuple[float, ...]:
        """The probability of every class for the whole."""
        return rule.answer([*self.answered.values()])


Uncertain = Callable[[str, float], bool]
"""Whether a class with its probability is neither ruled out nor ruled in."""


class AnswerFile:
    """The images of a queue. Each process and thread opens its own.

    Args:
        path: The file; it is made where it is not there.

    Raises:
        FptError: If it cannot be used.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        with self._in_words():
            path.parent.mkdir(parents=True, exist_ok=True)
            self._database = sqlite3.connect(path, timeout=_PATIENCE_S)
            self._database.execute("PRAGMA journal_mode = WAL")
            self._database.execute("PRAGMA synchronous = NORMAL")
            self._database.execute("PRAGMA secure_delete = ON")
            self._database.executescript(_SCHEMA)

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def __enter__(self) -> AnswerFile:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # --- written by the worker ----------------------------------------------------------

    def use_model(self, model: str) -> None:
        """Let ``model`` answer: what another one said is forgotten, and waits again."""
        found = self._one("SELECT value FROM meta WHERE key = 'model'")
        if found is None or found[0] != model:
            with self._in_words(), self._database:
                self._database.execute(f"UPDATE images SET {_FORGOTTEN}")
                self._database.execute("INSERT OR REPLACE INTO meta VALUES ('model', ?)", (model,))

    def add(self, images: Iterable[tuple[Path, str]]) -> None:
        """Add images by path and name; one that is there already is not added again."""
        with self._in_words(), self._database:
            self._database.executemany(
                "INSERT OR IGNORE INTO images (path, name) VALUES (?, ?)",
                ((str(path), name) for path, name in images),
            )

    def waiting(self) -> Iterator[QueuedImage]:
        """The images without an answer, in their order; they may be answered meanwhile."""
        last = 0
        while found := self._images(
            f"{_WHERE[Which.WAITING]} AND id > ? ORDER BY id LIMIT {_AT_ONCE}", (last,)
        ):
            yield from found
            last = found[-1].number

    def keep(
        self,
        number: int,
        event: Predicted,
        is_uncertain: Uncertain,
        names_patient: bool,
        frames: FrameAnswers | None = None,
        is_unlike: bool | None = None,
    ) -> None:
        """Keep the answer to an image.

        Args:
            number: The image's.
            event: The answer; of a file of several frames that of the one to be shown.
            is_uncertain: By the model's own thresholds.
            names_patient: Whether the image's name is to be withheld.
            frames: The answers to all frames, of which the rule in use makes the whole's.
            is_unlike: Of the whole; ``None``: as the event says.
        """
        rule = self.rule
        shares = event.probabilities if frames is None else frames.by(rule)
        best = max(range(len(shares)), key=shares.__getitem__)
        name = event.class_names[best]
        with self._in_words(), self._database:
            self._database.execute(
                "UPDATE images SET class_name = ?, probability = ?, is_unlike = ?,"
                " is_uncertain = ?, names_patient = ?, answer = ?, maps = ?, frame = ?,"
                " frames = ?, frame_answers = ?, refusal = NULL WHERE id = ?",
                (
                    name,
                    shares[best],
                    event.is_unlike if is_unlike is None else is_unlike,
                    is_uncertain(name, shares[best]),
                    names_patient,
                    _told(event),
                    _packed(event),
                    event.frame,
                    1 if frames is None else frames.frames,
                    None if frames is None else json.dumps([*frames.answered.items()]),
                    number,
                ),
            )

    def use_rule(self, rule: SeriesRule, is_uncertain: Uncertain) -> None:
        """Let another rule make the answers of files of several frames; none is asked again."""
        if rule == self.rule:
            return
        with self._in_words(), self._database:
            self._database.execute("INSERT OR REPLACE INTO meta VALUES ('rule', ?)", (str(rule),))
            numbers = self._database.execute("SELECT id FROM images WHERE frames > 1").fetchall()
            for (number,) in numbers:
                shares = self.probabilities(number)
                name = max(shares, key=shares.__getitem__)
                self._database.execute(
                    "UPDATE images SET class_name = ?, probability = ?, is_uncertain = ?"
                    " WHERE id = ?",
                    (name, shares[name], is_uncertain(name, shares[name]), number),
                )

    def refuse(self, path: Path, name: str, event: PredictionFailed, names_patient: bool) -> None:
        """Keep why an image has no answer."""
        self.add([(path, name)])
        with self._in_words(), self._database:
            self._database.execute(
                "UPDATE images SET refusal = ?, names_patient = ? WHERE path = ?",
                (f"{event.message} {event.remedy}".strip(), names_patient, str(path)),
            )

    # --- read by whoever shows or hands on ----------------------------------------------

    def numbers(
        self,
        which: Which = Which.ALL,
        class_name: str | None = None,
        words: Sequence[str] = (),
        order: Order = Order.NUMBER,
        descending: bool = False,
    ) -> list[int]:
        """Numbers of the images that pass, sorted; what has no value comes last."""
        where, values = [_WHERE[which]], list[str]()
        if class_name is not None:
            where.append("class_name = ?")
            values.append(class_name)
        for word in words:
            where.append("instr(lower(name || ' ' || ifnull(class_name, refusal)), ?) > 0")
            values.append(word.lower())
        way = "DESC" if descending else "ASC"
        query = (
            f"SELECT id FROM images WHERE {' AND '.join(where)} "
            f"ORDER BY {order.value} IS NULL, {order.value} {way}, id"
        )
        with self._in_words():
            return [row[0] for row in self._database.execute(query, values)]

    def images(self, numbers: Sequence[int]) -> dict[int, QueuedImage]:
        """These images by number."""
        marks = ", ".join("?" * len(numbers))
        return {found.number: found for found in self._images(f"id IN ({marks})", numbers)}

    def answer(self, number: int) -> Predicted | None:
        """The answer to an image with its maps, but for its heads; ``None`` where none is yet."""
        found = self._one("SELECT path, answer, maps FROM images WHERE id = ?", (number,))
        if found is None or found[1] is None:
            return None
        return _untold(*found)

    def probabilities(self, number: int) -> dict[str, float]:
        """Of every class, for the whole; empty where there is no answer."""
        found = self._one("SELECT answer FROM images WHERE id = ?", (number,))
        if found is None or found[0] is None:
            return {}
        told = json.loads(found[0])
        frames = self.frame_answers(number)
        shares = told["probabilities"] if frames is None else frames.by(self.rule)
        return dict(zip(told["class_names"], shares, strict=True))

    def frame_answers(self, number: int) -> FrameAnswers | None:
        """The answers to all frames of a file; ``None`` where it has one, or no answer yet."""
        found = self._one("SELECT frames, frame_answers FROM images WHERE id = ?", (number,))
        if found is None or found[1] is None:
            return None
        answered = {frame: tuple(shares) for frame, shares in json.loads(found[1])}
        return FrameAnswers(found[0], answered)

    @property
    def rule(self) -> SeriesRule:
        """What makes the answer of a file of several frames."""
        found = self._one("SELECT value FROM meta WHERE key = 'rule'")
        return SeriesRule() if found is None else SeriesRule.parse(found[0])

    def class_names(self) -> tuple[str, ...]:
        """Those of the model, once it has answered."""
        found = self._one("SELECT answer FROM images WHERE answer IS NOT NULL LIMIT 1")
        return () if found is None else tuple(json.loads(found[0])["class_names"])

    def counts(self) -> Counts:
        """How many images of which kind there are."""
        kinds = (Which.WAITING, Which.REFUSED, Which.UNLIKE, Which.UNCERTAIN)
        sums = ", ".join(
            f"ifnull(sum({where}), 0)"
            for where in (*(_WHERE[kind] for kind in kinds), "frames > 1")
        )
        return Counts(*(self._one(f"SELECT count(*), {sums} FROM images") or (0, 0, 0, 0, 0)))

    # --- the database ---------------------------------------------------------------------

    def _images(self, where: str, values: Sequence[object] = ()) -> list[QueuedImage]:
        with self._in_words():
            rows = self._database.execute(f"SELECT {_COLUMNS} FROM images WHERE {where}", values)
            return [
                QueuedImage(
                    number, Path(path), name, bool(patient), best, share, bool(unlike),
                    bool(uncertain), refusal, frame, frames,
                )
                for number, path, name, patient, best, share, unlike, uncertain, refusal, frame,
                frames in rows
            ]  # fmt: skip

    def _one(self, query: str, values: Sequence[object] = ()) -> tuple[Any, ...] | None:
        with self._in_words():
            row: tuple[Any, ...] | None = self._database.execute(query, values).fetchone()
            return row

    @contextmanager
    def _in_words(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise translate_os_error(error, self.path) from error
        except sqlite3.Error as error:
            raise FptError(
                f"The answers cannot be kept in {self.path.parent}: {error}.",
                "Check that the disk has space, and start again; what was answered is kept.",
            ) from error


def _told(event: Predicted) -> str:
    """All of an answer but its maps."""
    maps = _maps(event)
    return json.dumps(
        {
            "class_names": event.class_names,
            "probabilities": event.probabilities,
            "seconds": event.seconds,
            "distance": event.distance,
            "nearest": event.nearest,
            "frame": event.frame,
            "evidence_of": event.evidence_of,
            "grid": [maps[0].rows, maps[0].cols, maps[0].box] if maps else None,
            "is_read": event.read is not None,
        }
    )


def _maps(event: Predicted) -> list[TokenMap]:
    read = [] if event.read is None else [event.read]
    return [] if event.token_map is None else [event.token_map, *read, *event.evidence]


def _packed(event: Predicted) -> bytes | None:
    maps = _maps(event)
    if not maps:
        return None
    return zlib.compress(np.array([one.values for one in maps], np.float32).tobytes())


def _untold(path: str, text: str, packed: bytes | None) -> Predicted:
    told = json.loads(text)
    maps: list[TokenMap] = []
    if packed is not None:
        rows, cols, box = told["grid"]
        values = np.frombuffer(zlib.decompress(packed), np.float32).reshape(-1, rows * cols)
        maps = [TokenMap(rows, cols, tuple(each.tolist()), tuple(box)) for each in values]
    evidence = maps[2:] if told["is_read"] else maps[1:]
    return Predicted(
        path,
        tuple(told["class_names"]),
        tuple(told["probabilities"]),
        maps[0] if maps else None,
        told["seconds"],
        maps[1] if told["is_read"] else None,
        tuple(evidence),
        told["distance"],
        tuple(told["nearest"]),
        told["frame"],
        tuple((name, share) for name, share in told["evidence_of"]),
    )
