"""The images that a table names, with the labels that it gives them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from fpt_core.dataset.importers.columns import ColumnChoice, Join
from fpt_core.dataset.importers.folder import SPLIT_NAMES
from fpt_core.dataset.importers.listing import LabelledFile, Listing
from fpt_core.dataset.importers.lookup import NotFound
from fpt_core.dataset.importers.matcher import Matcher
from fpt_core.dataset.importers.survey import Survey
from fpt_core.dataset.importers.table import Row, Table
from fpt_core.dataset.records import SkippedFile
from fpt_core.errors import DatasetError
from fpt_core.events import Warned

_BY_STACK: frozenset[Join] = frozenset(
    {"SeriesInstanceUID", "StudyInstanceUID", "AccessionNumber", "PatientID"}
)
"""Joins by which a row means several files, so that its frame is one of them."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Which column says what, as far as the table says it."""

    key: str
    join: Join
    label: str | None
    """``None``: the folders say it."""
    patient: str | None
    split: str | None
    frame: str | None
    keep: tuple[str, ...]


def needed_columns(table: Table, choice: ColumnChoice, has_folders: bool = False) -> Columns:
    """The choice as a reading of the table.

    Args:
        table: The table.
        choice: Columns as chosen and guessed.
        has_folders: Whether folders can say what no column says: the class.

    Raises:
        DatasetError: If nothing says which images are meant or what they are, or if the
            column of splits holds something else.
    """
    if choice.key is None:
        raise _unknown(table, "path")
    if choice.label is None and not has_folders:
        raise _unknown(table, "label")
    if choice.split is not None:
        _check_splits(table, choice.split)
    # By PatientID the header knows the patient, as it is written there.
    by_header = choice.join == "PatientID" and choice.patient == choice.key
    return Columns(
        choice.key,
        choice.join or "file",
        choice.label,
        None if by_header else choice.patient,
        choice.split,
        choice.frame,
        choice.keep,
    )


def list_table(survey: Survey, table: Table, columns: Columns, matcher: Matcher) -> Listing:
    """The images that the table names; every row that gives none is skipped in words."""
    listing = Listing(skipped=list(table.skipped), tables=[table.path])
    listing.warnings += [Warned(note) for note in table.notes]
    claims: dict[tuple[str, int | None], list[_Claim]] = defaultdict(list)
    for row in table.rows:
        images = _images(row, columns, matcher, survey.stacks)
        if isinstance(images, NotFound):
            place = _written_place(survey, table, row, columns)
            listing.skipped.append(SkippedFile(place, images.reason))
            continue
        for place, frame in images:
            claims[place, frame].append(_Claim(row, _label(survey, row, columns, place)))
    for (place, frame), rows in claims.items():
        path = survey.tree.text(place)
        if reason := _objection(rows, columns):
            listing.skipped.append(SkippedFile(path, reason))
            continue
        listing.files.append(_file(survey, columns, place, frame, rows[0]))
        listing.skipped += [
            SkippedFile(path, f"Row {again.row.number} of the table names it again.")
            for again in rows[1:]
        ]
    return listing


class _Claim(NamedTuple):
    """What one row says of an image."""

    row: Row
    label: str


def _images(
    row: Row, columns: Columns, matcher: Matcher, stacks: Mapping[str, Sequence[str]]
) -> Sequence[tuple[str, int | None]] | NotFound:
    """Places and frames that a row means."""
    key = row.values[columns.key]
    if not key:
        return NotFound("The row names no file.")
    places = matcher.places(columns.join, key, row.values.values())
    if isinstance(places, NotFound):
        return places
    written = row.values[columns.frame] if columns.frame else ""
    if not written:
        return [(place, None) for place in places]
    frame = _frame(written)
    if frame is None:
        return NotFound(f"Its frame {written!r} is no whole number from 0.")
    if columns.join in _BY_STACK and len(places) > 1:
        return _slice(places, frame, stacks)
    return [(place, frame) for place in places]


def _slice(
    places: Sequence[str], frame: int, stacks: Mapping[str, Sequence[str]]
) -> Sequence[tuple[str, int | None]] | NotFound:
    """The one slice of the stack that the places are."""
    slices = next((found for found in stacks.values() if {*found} == {*places}), None)
    if slices is None:
        return NotFound("Its frame could be of several series: join the table by series or file.")
    if frame >= len(slices):
        return NotFound(f"The series has {len(slices)} slices; there is no slice {frame}.")
    return [(slices[frame], 0)]


def _label(survey: Survey, row: Row, columns: Columns, place: str) -> str:
    if columns.label is not None:
        return row.values[columns.label]
    folder = survey.folders.label(place)
    return folder[0] if folder else ""


def _objection(rows: Sequence[_Claim], columns: Columns) -> str:
    """Why an image is left out; empty where it is not."""
    if len({claim.label for claim in rows}) == 1:
        return "" if rows[0].label else "It has no label."
    told = ", ".join(f"row {claim.row.number} says {claim.label!r}" for claim in rows[:4])
    finer = "" if columns.join == "file" else f" or join it by something finer than {columns.join}"
    return f"The table gives it several labels: {told}. Correct the table{finer}."


def _file(
    survey: Survey, columns: Columns, place: str, frame: int | None, claim: _Claim
) -> LabelledFile:
    values = claim.row.values
    split = SPLIT_NAMES.get(values[columns.split].lower()) if columns.split else None
    return LabelledFile(
        survey.tree.path(place),
        claim.label,
        (values[columns.patient] or None) if columns.patient else None,
        split or survey.folders.split(place),
        frame,
        {name: values[name] for name in columns.keep},
    )


def _written_place(survey: Survey, table: Table, row: Row, columns: Columns) -> str:
    """The file that a row names, as it is written; for identifiers the row itself."""
    name = row.values[columns.key]
    return str(survey.tree.root / name) if name and columns.join == "file" else table.place(row)


def _frame(text: str) -> int | None:
    whole = text.removesuffix(".0")
    return int(whole) if whole.isdecimal() else None


def _check_splits(table: Table, column: str) -> None:
    unknown = sorted({v for v in table.column(column) if v.lower() not in SPLIT_NAMES})
    if unknown:
        raise DatasetError(
            f"Column {column!r} of {table.path.name} holds {unknown[0]!r}; a split is train, val "
            "or test.",
            "Correct it, or leave the column out to have the images split by patient.",
        )


def _unknown(table: Table, role: str) -> DatasetError:
    return DatasetError(
        f"No column of {table.path.name} looks like the {role}; it has {', '.join(table.names)}.",
        f"Name the {role} column.",
    )
