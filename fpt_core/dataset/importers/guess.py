"""Guess what the columns of a table say: from their names, and from what their values find."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import chain
from typing import NamedTuple, TypeVar

from fpt_core.dataset.importers.column_words import FRAMES, KEYS, LABELS, PATIENTS, SPLITS
from fpt_core.dataset.importers.columns import JOINS, ColumnChoice, Join
from fpt_core.dataset.importers.folder import SPLIT_NAMES
from fpt_core.dataset.importers.lookup import NotFound
from fpt_core.dataset.importers.matcher import Matcher
from fpt_core.dataset.importers.table import Table
from fpt_core.errors import DatasetError

_SEEN = 200
"""Rows that are tried before a reading of the whole table is worth its time."""
_SPECIFIC_ENOUGH = 0.5
_MOST_LABELS = 50
_PATIENT_ID = re.compile(r"[A-Za-z]{1,12}[ _-]?\d{2,12}|\d{5,12}")
_DATE = re.compile(r"(19|20)\d\d(0[1-9]|1[0-2])([0-2]\d|3[01])")
_PATIENT_SHARE = 0.95
_REPEATED = (1.1, 20.0)
"""Rows per patient, where only values tell that these are patients."""

Item = TypeVar("Item")


class Reading(NamedTuple):
    """One way to read a table: by which column images are found, and how many rows do."""

    key: str
    join: Join
    found: int


def readings(table: Table, matcher: Matcher) -> tuple[Reading, ...]:
    """All columns and joins that find images, the best reading first.

    Of those that find nearly as many the one that tells images best apart is the best.
    """
    found = []
    for name in table.names:
        for join in matcher.joins:
            if _count(table, matcher, name, join, sample=True):
                count = _count(table, matcher, name, join)
                found += [Reading(name, join, count)] if count else []
    most = max((reading.found for reading in found), default=0)

    def rank(reading: Reading) -> tuple[bool, int, int, bool]:
        return (
            reading.found < _SPECIFIC_ENOUGH * most,
            JOINS.index(reading.join),
            -reading.found,
            _plain(reading.key) not in KEYS,
        )

    return tuple(sorted(found, key=rank))


def guess_columns(
    table: Table, ranked: Sequence[Reading], given: ColumnChoice, has_folders: bool = False
) -> ColumnChoice:
    """Fill in what the user did not choose; ``None`` stays where the table does not say it.

    Args:
        table: The table.
        ranked: Its readings, the best first.
        given: The user's choice, which is kept.
        has_folders: Whether folders name the classes if no column is named as if it did.

    Raises:
        DatasetError: If a chosen column is not there.
    """
    check_names(table, given)
    choice = _with_key(table, ranked, given)
    split = _or_guess(given.split, lambda: _split_column(table))
    taken = {choice.key, given.label, given.patient, split, *given.keep}
    frame = _or_guess(given.frame, lambda: _named(table, FRAMES, taken))
    taken.add(frame)
    by_name = given.patient or _named(table, PATIENTS, taken - {choice.key})
    if by_name is None and choice.join == "PatientID":
        by_name = choice.key
    label = _or_guess(given.label, lambda: _named(table, LABELS, taken | {by_name}))
    patient = _or_guess(given.patient, lambda: by_name or _patient_column(table, taken | {label}))
    if label is None and given.label is None and not has_folders:
        label = _label_column(table, taken | {patient})
    return replace(choice, label=label, patient=patient, split=split, frame=frame)


def _or_guess(given: str | None, guess: Callable[[], str | None]) -> str | None:
    """The user's column, none if there shall be none, else the guess."""
    return guess() if given is None else given or None


def check_names(table: Table, choice: ColumnChoice) -> None:
    """Refuse columns that the table does not have, naming those that it has.

    Raises:
        DatasetError: If so.
    """
    roles = {
        "path": choice.key,
        "label": choice.label,
        "patient": choice.patient,
        "split": choice.split,
        "frame": choice.frame,
    }
    named = chain(roles.items(), (("kept", name) for name in choice.keep))
    for role, name in named:
        if name and name not in table.names:
            raise DatasetError(
                f"{table.path.name} has no column {name!r}; it has {', '.join(table.names)}.",
                f"Name the {role} column among these.",
            )


def _with_key(table: Table, ranked: Sequence[Reading], given: ColumnChoice) -> ColumnChoice:
    """The best reading that agrees with what was chosen; else a column by its name."""
    for reading in ranked:
        if given.key in (None, reading.key) and given.join in (None, reading.join):
            return replace(given, key=reading.key, join=reading.join)
    sought = KEYS if given.join in (None, "file") else [_plain(str(given.join))]
    key = given.key or _named(table, sought, {given.label, given.patient, given.split})
    return replace(given, key=key, join=given.join or "file")


def _count(table: Table, matcher: Matcher, name: str, join: Join, sample: bool = False) -> int:
    """How many rows find images by a column; none if all that do have one value, by chance."""
    rows = _spread(table.rows, _SEEN) if sample else table.rows
    matching = [
        value
        for row in rows
        if (value := row.values[name])
        and not isinstance(matcher.places(join, value, row.values.values()), NotFound)
    ]
    return len(matching) if len({*matching}) > 1 or len(rows) == 1 else 0


def _spread(items: Sequence[Item], count: int) -> Sequence[Item]:
    """About ``count`` of the items, evenly from all of them."""
    return items[:: max(1, len(items) // count)]


def _named(table: Table, sought: Sequence[str], taken: set[str | None]) -> str | None:
    """The first of the sought names that a free column has."""
    free = {_plain(name): name for name in reversed(table.names) if name not in taken}
    return next((free[name] for name in sought if name in free), None)


def _split_column(table: Table) -> str | None:
    """A column with nothing but names of splits, or one that is named so and has some of them."""
    for name in table.names:
        values = {value.lower() for value in table.column(name)}
        known = values & SPLIT_NAMES.keys()
        if known and (known == values or _plain(name) in SPLITS):
            return name
    return None


def _label_column(table: Table, taken: set[str | None]) -> str | None:
    """The only column with few values, each of several rows."""

    def is_label(values: Sequence[str]) -> bool:
        return 2 <= len({*values}) <= min(_MOST_LABELS, len(table.rows) // 2)

    return _only(table, taken, is_label)


def _patient_column(table: Table, taken: set[str | None]) -> str | None:
    """The only column of what looks like identifiers, each of some rows."""
    fewest, most = _REPEATED

    def is_patient(values: Sequence[str]) -> bool:
        like = sum(bool(_PATIENT_ID.fullmatch(value)) for value in values)
        dates = sum(bool(_DATE.fullmatch(value)) for value in values)
        repeated = len(values) / len({*values}) if values else 0
        return like - dates >= _PATIENT_SHARE * len(table.rows) and fewest <= repeated <= most

    return _only(table, taken, is_patient)


def _only(
    table: Table, taken: set[str | None], fits: Callable[[Sequence[str]], bool]
) -> str | None:
    fitting = [name for name in table.names if name not in taken and fits(table.column(name))]
    return fitting[0] if len(fitting) == 1 else None


def _plain(name: str) -> str:
    """Letters and digits alone, without accents and case."""
    decomposed = unicodedata.normalize("NFKD", name).casefold()
    return "".join(character for character in decomposed if character.isalnum())
