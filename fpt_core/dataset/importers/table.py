"""A table of files and labels, as people save it: CSV, TSV, text, XLSX or lines of JSON."""

from __future__ import annotations

import csv
import json
import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from fpt_core.dataset.importers.delimited import decode, parse_delimited
from fpt_core.dataset.importers.spreadsheet import parse_spreadsheet
from fpt_core.dataset.records import SkippedFile
from fpt_core.errors import DatasetError, ImageError
from fpt_core.images.kind import IMAGE_SUFFIXES
from fpt_core.images.source import opened

TABLE_SUFFIXES = frozenset({".csv", ".tsv", ".txt", ".xlsx", ".jsonl"})
_MAX_BYTES = 500_000_000
_NO_VALUES = frozenset({"nan", "#n/a", "null"})
"""What programs write into cells that hold nothing."""
_LONGEST_NO_VALUE = max(map(len, _NO_VALUES))

Record = list[str] | None
"""One row's cells; ``None`` where the row cannot be read."""


class Row(NamedTuple):
    """One row of a table."""

    number: int
    """As a spreadsheet counts, from 1 with the header."""
    values: dict[str, str]
    """By column; blanks around them are gone."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table as read."""

    path: Path
    names: tuple[str, ...]
    """Of the columns, each once."""
    rows: tuple[Row, ...]
    skipped: tuple[SkippedFile, ...] = ()
    """Rows that cannot be used, with the reason."""
    notes: tuple[str, ...] = ()
    """What was put right while reading, in words."""

    def column(self, name: str) -> list[str]:
        """All values of a column that are not empty."""
        return [row.values[name] for row in self.rows if row.values[name]]

    def place(self, row: Row) -> str:
        """Where a row is, in words."""
        return _place(self.path, row.number)


def read_table(path: Path) -> Table:
    """Read a table, on disk or in an archive; delimiter, encoding and header are recognised.

    Raises:
        DatasetError: If it cannot be read or holds no rows.
    """
    records = _records(path)
    start, names = _header(records)
    rows, skipped, with_blanks = [], [], set()
    for number, record in enumerate(records[start:], start=start + 1):
        if reason := _objection(record, names):
            skipped.append(SkippedFile(_place(path, number), reason))
        elif record and any(map(str.strip, record)):
            cells = dict(zip(names, [*record, *[""] * len(names)], strict=False))
            values = {name: cell.strip() for name, cell in cells.items()}
            if values != cells:
                with_blanks |= {name for name in names if values[name] != cells[name]}
            rows.append(Row(number, {name: _value(cell) for name, cell in values.items()}))
    if not rows:
        raise DatasetError(f"The table {path.name} holds no rows.", "Choose another table.")
    notes = [*_renamed(path, names), *_trimmed(path, names, with_blanks)]
    return Table(path, names, tuple(rows), tuple(skipped), tuple(notes))


def _objection(record: Record, names: Sequence[str]) -> str:
    """Why a row cannot be used; empty where it can."""
    if record is None:
        return "The row cannot be read."
    if any(map(str.strip, record[len(names) :])):
        return f"The row has {len(record)} values, but the table {len(names)} columns."
    return ""


def _records(path: Path) -> Sequence[Record]:
    try:
        with opened(path) as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(0)
            content = file.read() if size <= _MAX_BYTES else b""
    except (ImageError, OSError) as error:
        raise DatasetError(f"The table {path} cannot be read.", "Check the path.") from error
    if size > _MAX_BYTES:
        raise DatasetError(
            f"The table {path.name} is larger than {_MAX_BYTES // 1_000_000} MB.",
            "Choose the table of labels, or leave out the columns that are not needed.",
        )
    suffix = path.suffix.lower()
    try:
        if suffix == ".xlsx":
            return parse_spreadsheet(content)
        if suffix == ".jsonl":
            return _parse_json_lines(decode(content))
        return parse_delimited(content, blank_delimits=suffix == ".txt")
    except csv.Error as error:
        raise DatasetError(
            f"{path.name} is no readable table: {error}.", "Save it as CSV."
        ) from error
    except Exception as error:  # damaged workbooks raise anything
        raise DatasetError(
            f"{path.name} is damaged or no table of its kind.", "Save it again, or as CSV."
        ) from error


def _parse_json_lines(text: str) -> list[Record]:
    """One object a line; its keys are the columns."""
    parsed: list[dict[str, object] | None] = []
    for line in text.split("\n"):
        try:
            value = json.loads(line) if line.strip() else {}
        except (ValueError, RecursionError):
            value = None
        parsed.append(value if isinstance(value, dict) else None)
    names = list(dict.fromkeys(name for value in parsed if value for name in value))
    records: list[Record] = [names]
    records += [
        None if value is None else [_json_text(value.get(name)) for name in names]
        for value in parsed
    ]
    return records


def _json_text(value: object) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _header(records: Sequence[Record]) -> tuple[int, tuple[str, ...]]:
    """Where the rows begin, and the columns' names.

    Titles above the header are left out; a table without a header, whose first row
    names an image already, has its columns numbered.
    """
    filled = [sum(bool(cell.strip()) for cell in record or ()) for record in records]
    if not any(filled):
        return len(records), ()
    least = min(2, max(filled))
    start = next(index for index, count in enumerate(filled) if count >= least)
    cells = [cell.strip() for cell in records[start] or ()]
    if any(Path(cell).suffix.lower() in IMAGE_SUFFIXES for cell in cells):
        return start, tuple(f"column {index + 1}" for index in range(len(cells)))
    while cells and not cells[-1]:
        cells.pop()
    return start + 1, _unique([cell or f"column {index + 1}" for index, cell in enumerate(cells)])


def _unique(names: Sequence[str]) -> tuple[str, ...]:
    seen: Counter[str] = Counter()
    unique: list[str] = []
    for name in names:
        seen[name] += 1
        while seen[name] > 1 and f"{name} ({seen[name]})" in names:
            seen[name] += 1
        unique.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return tuple(unique)


def _value(cell: str) -> str:
    return "" if len(cell) <= _LONGEST_NO_VALUE and cell.lower() in _NO_VALUES else cell


def _renamed(path: Path, names: Sequence[str]) -> list[str]:
    return [
        f"{path.name} has several columns {name!r}; another one is called {f'{name} (2)'!r} here."
        for name in names
        if f"{name} (2)" in names
    ]


def _trimmed(path: Path, names: Sequence[str], with_blanks: set[str]) -> list[str]:
    return [
        f"Blanks around values of column {name!r} of {path.name} are left out."
        for name in names
        if name in with_blanks
    ]


def _place(path: Path, number: int) -> str:
    return f"{path}, row {number}"
