"""How a table is read: its columns as chosen and guessed, and the images that it so finds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from fpt_core.dataset.importers.columns import ColumnChoice
from fpt_core.dataset.importers.guess import Reading, guess_columns, readings
from fpt_core.dataset.importers.lookup import NotFound
from fpt_core.dataset.importers.matcher import Matcher
from fpt_core.dataset.importers.survey import Survey
from fpt_core.dataset.importers.table import Table, read_table
from fpt_core.errors import DatasetError

_MOST_TABLES = 20
_GOOD = 0.9
_METADATA = frozenset({"metadata.csv", "metadata.jsonl"})
"""The names by which image folders of Hugging Face's data sets keep their tables."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A table and how it would be read."""

    table: Table
    matcher: Matcher
    readings: tuple[Reading, ...]
    """The best first."""
    choice: ColumnChoice
    places: frozenset[str]
    """The images that it finds."""


def propose(survey: Survey, path: Path, given: ColumnChoice) -> Proposal:
    """Read a table as the user chose, and guess the rest.

    Raises:
        DatasetError: If it is no table, or lacks a chosen column.
    """
    table = read_table(path)
    matcher = survey.matcher.beside(path)
    ranked = readings(table, matcher)
    choice = guess_columns(table, ranked, given, survey.has_classes)
    return Proposal(table, matcher, ranked, choice, _places(table, matcher, choice))


def propose_all(survey: Survey, path: Path, given: ColumnChoice) -> list[Proposal]:
    """A chosen table, with those of its name in the other splits' folders if it is such a one.

    Raises:
        DatasetError: As for ``propose``.
    """
    same = [other for other in candidates(survey) if other.name == path.name and other != path]
    others = same if path.name.lower() in _METADATA else []
    return [propose(survey, each, given) for each in (path, *others)]


def tables_that_fit(survey: Survey, given: ColumnChoice) -> list[Proposal]:
    """The tables in a source that name its images; several where each split has its own.

    Beside class folders only a table counts that names nearly all images; without them, or
    where columns are chosen, any that names some.

    Raises:
        DatasetError: If several could be meant.
    """
    proposals = [
        proposal
        for path in candidates(survey)
        if (proposal := _usable(survey, path, given)) is not None
    ]
    metadata = [each for each in proposals if each.table.path.name.lower() in _METADATA]
    if _coverage(survey, metadata) >= _GOOD:
        return metadata
    least = _GOOD if survey.has_classes and given == ColumnChoice() else 0.0
    fitting = [each for each in proposals if _coverage(survey, [each]) >= least]
    best = max((len(each.places) for each in fitting), default=0)
    fitting = [each for each in fitting if len(each.places) == best]
    if len(fitting) > 1 and not survey.has_classes:
        names = ", ".join(each.table.path.name for each in fitting)
        raise DatasetError(
            f"Several tables in {survey.tree.root} name its images: {names}.",
            "Choose the one with the labels (--labels).",
        )
    return fitting if len(fitting) == 1 else []


def candidates(survey: Survey) -> list[Path]:
    """The tables at the top of the source or in its folders, as far as they may be meant."""
    shallow = sorted(survey.tree.tables, key=lambda place: (place.count("/"), place))
    return [survey.tree.path(place) for place in shallow[:_MOST_TABLES] if place.count("/") < 2]


def _usable(survey: Survey, path: Path, given: ColumnChoice) -> Proposal | None:
    """The table, if it can be read and names images."""
    try:
        proposal = propose(survey, path, given)
    except DatasetError:
        return None
    return proposal if proposal.places else None


def _coverage(survey: Survey, proposals: Sequence[Proposal]) -> float:
    """The share of the images that tables name together."""
    named = frozenset[str]().union(*(each.places for each in proposals))
    return len(named) / max(1, len(survey.tree.images))


def _places(table: Table, matcher: Matcher, choice: ColumnChoice) -> frozenset[str]:
    if choice.key is None or choice.join is None:
        return frozenset()
    found: set[str] = set()
    for row in table.rows:
        if value := row.values[choice.key]:
            places = matcher.places(choice.join, value, row.values.values())
            found.update(() if isinstance(places, NotFound) else places)
    return frozenset(found)
