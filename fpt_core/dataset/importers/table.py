"""A table of files and labels: CSV or TSV."""

from __future__ import annotations

import codecs
import csv
import io
from dataclasses import dataclass
from pathlib import Path

from fpt_core.dataset.importers.folder import SPLIT_NAMES
from fpt_core.dataset.importers.listing import LabelledFile, Listing
from fpt_core.dataset.records import SkippedFile
from fpt_core.errors import DatasetError

TABLE_SUFFIXES = frozenset({".csv", ".tsv"})
_GUESSES = {
    "path": (
        "file",
        "path",
        "filename",
        "file_name",
        "image",
        "image_path",
        "filepath",
        "image_id",
    ),
    "label": ("label", "class", "class_name", "diagnosis", "category", "target"),
    "patient": ("patient_id", "patient", "patientid", "subject_id", "subject", "case_id"),
    "split": ("split", "set", "fold_name", "subset"),
}


@dataclass(frozen=True, slots=True)
class Columns:
    """Which column says what; ``None`` where the table does not say it."""

    path: str
    label: str
    patient: str | None
    split: str | None


@dataclass(frozen=True, slots=True)
class Table:
    """A table as read: its columns' names and its rows."""

    path: Path
    names: tuple[str, ...]
    rows: tuple[dict[str, str], ...]


def read_table(path: Path) -> Table:
    """Read a table; delimiter and byte-order mark are recognised.

    Raises:
        DatasetError: If it cannot be read or holds no rows.
    """
    try:
        text = _decoded(path.read_bytes())
    except OSError as error:
        raise DatasetError(f"The table {path} cannot be read.", "Check the path.") from error
    try:
        delimiter = csv.Sniffer().sniff(text[:10_000], delimiters=",;\t|").delimiter
    except csv.Error:
        delimiter = ","
    try:
        reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter)
        rows = tuple(row for row in map(_stripped, reader) if any(row.values()))
    except csv.Error as error:
        raise DatasetError(
            f"{path.name} is no readable table: {error}.", "Save it as CSV."
        ) from error
    if not rows:
        raise DatasetError(f"The table {path.name} holds no rows.", "Choose another table.")
    return Table(path, tuple(rows[0]), rows)


def _decoded(content: bytes) -> str:
    """Text as spreadsheets save it: UTF-8, UTF-16 or the Western code page."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16", errors="replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("latin-1")


def _stripped(row: dict[str | None, str | None]) -> dict[str, str]:
    """A row without blanks around names and values, and without values beyond the last name."""
    return {name.strip(): (value or "").strip() for name, value in row.items() if name is not None}


def choose_columns(
    table: Table,
    path: str | None = None,
    label: str | None = None,
    patient: str | None = None,
    split: str | None = None,
) -> Columns:
    """The columns asked for, the others guessed from their names.

    Raises:
        DatasetError: If a column is missing, naming those that are there, or holds no splits.
    """
    return Columns(
        path=_required(table, "path", path),
        label=_required(table, "label", label),
        patient=_column(table, "patient", patient),
        split=_split_column(table, split),
    )


def list_table(table: Table, columns: Columns, root: Path) -> Listing:
    """The files that the table names, found beside it or below ``root``.

    Raises:
        DatasetError: If none of them is there.
    """
    listing = Listing()
    for number, row in enumerate(table.rows, start=1):
        name, label = row[columns.path], row[columns.label]
        path = _find(name, (root, table.path.parent))
        if not name:
            listing.skipped.append(
                SkippedFile(f"{table.path}, row {number}", "The row names no file.")
            )
        elif not label:
            listing.skipped.append(SkippedFile(str(path or root / name), "It has no label."))
        elif path is None:
            listing.skipped.append(
                SkippedFile(str(root / name), "The table names it, but there is no such file.")
            )
        else:
            patient = row[columns.patient] if columns.patient else ""
            split = SPLIT_NAMES.get(row[columns.split].lower()) if columns.split else None
            listing.files.append(LabelledFile(path, label, patient or None, split))
    _check(table, listing)
    return listing


def _find(name: str, folders: tuple[Path, ...]) -> Path | None:
    for folder in folders:
        path = folder / name  # an absolute name stands for itself
        try:
            if path.is_file():
                return path
        except OSError:  # longer than a name can be: no file
            return None
    return None


def _column(table: Table, role: str, given: str | None) -> str | None:
    if given is not None:
        if given not in table.names:
            raise DatasetError(
                f"{table.path.name} has no column {given!r}; it has {', '.join(table.names)}.",
                f"Name the {role} column among these.",
            )
        return given
    by_lower = {name.lower().strip(): name for name in table.names}
    return next((by_lower[guess] for guess in _GUESSES[role] if guess in by_lower), None)


def _split_column(table: Table, given: str | None) -> str | None:
    """The split column; one that was only guessed is none if it holds no split at all."""
    column = _column(table, "split", given)
    if column is None:
        return None
    values = {row[column] for row in table.rows if row[column]}
    unknown = sorted(value for value in values if value.lower() not in SPLIT_NAMES)
    if given is None and len(unknown) == len(values):
        return None
    if unknown:
        raise DatasetError(
            f"Column {column!r} of {table.path.name} holds {unknown[0]!r}; a split is train, val "
            "or test.",
            "Correct it, or leave the column out to have the images split by patient.",
        )
    return column


def _required(table: Table, role: str, given: str | None) -> str:
    column = _column(table, role, given)
    if column is None:
        raise DatasetError(
            f"No column of {table.path.name} looks like the {role}; it has "
            f"{', '.join(table.names)}.",
            f"Name the {role} column.",
        )
    return column


def _check(table: Table, listing: Listing) -> None:
    if not listing.files:
        raise DatasetError(
            f"None of the {len(table.rows)} files that {table.path.name} names were found.",
            "Put the table beside the images, or choose the folder that its paths start from.",
        )
