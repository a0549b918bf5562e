"""What a watched folder's images were answered, so that none is answered or logged twice.

The memory is the truth: an answer is in it before it is in the log, and what a kill kept out
of the log is added at the next start. It knows images by their content's hash alone.
"""

from __future__ import annotations

import csv
import io
import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from fpt_core.errors import FptError, translate_os_error

LOG_COLUMNS = ("time", "file", "prediction", "probability", "unlike_training", "note", "content")
_CONTENT = LOG_COLUMNS.index("content")
_SCHEMA = """
CREATE TABLE IF NOT EXISTS answered (
    id INTEGER PRIMARY KEY,
    content TEXT NOT NULL,
    model TEXT NOT NULL,
    row TEXT NOT NULL,
    UNIQUE (content, model)
);
"""


class WatchMemory:
    """A log in CSV, and beside it the memory: ``NAME.csv`` and ``NAME.csv.seen``.

    Args:
        log: The log; both files are made where they are not there.
        model: Hash of the model file: another model answers the same images again.

    Raises:
        FptError: If they cannot be used.
    """

    def __init__(self, log: Path, model: str) -> None:
        self._log, self._model = log, model
        with self._in_words():
            log.parent.mkdir(parents=True, exist_ok=True)
            self._database = sqlite3.connect(log.with_name(f"{log.name}.seen"))
            self._database.executescript(_SCHEMA)
            self._complete_log()

    def close(self) -> None:
        """Close the memory."""
        self._database.close()

    def knows(self, content: str) -> bool:
        """Whether an image with this content was answered, or refused for good."""
        with self._in_words():
            query = "SELECT 1 FROM answered WHERE content = ? AND model = ?"
            return self._database.execute(query, (content, self._model)).fetchone() is not None

    def keep(self, content: str, row: Sequence[str]) -> None:
        """Remember an image and log it.

        Args:
            content: Its hash.
            row: Of the log, without the last column.
        """
        line = _line([*row, self._key(content)])
        with self._in_words():
            with self._database:
                self._database.execute(
                    "INSERT OR IGNORE INTO answered (content, model, row) VALUES (?, ?, ?)",
                    (content, self._model, line),
                )
            self._append(line)

    def _key(self, content: str) -> str:
        """By which a line of the log is found again."""
        return f"{content[:16]}-{self._model[:8]}"

    def _complete_log(self) -> None:
        """Make a whole log of one that a kill or a person left incomplete."""
        whole = self._log.read_bytes() if self._log.exists() else b""
        if not whole.endswith(b"\n"):  # a line that was cut is in the memory, whole
            whole = whole[: whole.rfind(b"\n") + 1]
            with self._log.open("ab") as file:
                file.truncate(len(whole))
        if not whole:
            self._append(f"\ufeff{_line(LOG_COLUMNS)}")
        rows = csv.reader(io.StringIO(whole.decode("utf-8-sig"), newline=""))
        logged = {row[_CONTENT] for row in rows if len(row) > _CONTENT}
        query = "SELECT content, model, row FROM answered ORDER BY id"
        for content, model, line in self._database.execute(query).fetchall():
            if f"{content[:16]}-{model[:8]}" not in logged:
                self._append(line)

    def _append(self, line: str) -> None:
        with self._log.open("a", encoding="utf-8", newline="") as file:
            file.write(line)
            file.flush()
            os.fsync(file.fileno())

    @contextmanager
    def _in_words(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise translate_os_error(error, self._log) from error
        except (sqlite3.Error, UnicodeError, csv.Error) as error:
            raise FptError(
                f"The log {self._log.name} or its memory cannot be used: {error}.",
                "Choose another log; the images are then answered anew.",
            ) from error


def _line(row: Sequence[str]) -> str:
    content = io.StringIO(newline="")
    csv.writer(content).writerow([" ".join(cell.splitlines()) for cell in row])
    return content.getvalue()
