"""Which columns of the table a report may tell: those whose groups name nobody."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fpt_core.dataset.audit.source_identifiers import NAMING_COLUMNS, is_telling
from fpt_core.dataset.identifiers import phrases
from fpt_core.dataset.importers.column_words import PATIENTS
from fpt_core.dataset.project import Project
from fpt_core.dataset.records import ImageFacts, ImageRecord
from fpt_core.errors import ConfigError
from fpt_core.evaluation.subgroups import banded

LEAST_PATIENTS = 5
"""A value of fewer patients is told together with others of its kind."""
RARE = "other or rare"
_OF_FILES = ("manufacturer", "modality", "format")
_MOST_GROUPS = 12
_LONGEST = 40
_LONGEST_NUMBER = 5
"""Digits of a whole number that may be a person's."""
_NAMING = (
    *NAMING_COLUMNS,
    *("name", "date", "address", "phone", "mail", "physician", "doctor", "referr", "operator"),
    *("datum", "adress", "telefon", "arzt", "medecin", "fecha", "direccion", "medico"),
)
"""Words of a column that may name people, of the study or beside it."""
_PLACES = (
    "site",
    "hospital",
    "centre",
    "center",
    "clinic",
    "institution",
    "manufacturer",
    "device",
)


@dataclass(frozen=True, slots=True)
class Columns:
    """Groups of images by what the table, or the file, says of them."""

    groups: Mapping[str, Mapping[int, str]]
    """By column and image; empty where it is unknown."""
    withheld: tuple[str, ...]
    """Columns that are not told: their values could name people, or are no groups."""

    def values(self, column: str, image_ids: Sequence[int]) -> list[str]:
        """The group of each image."""
        return [self.groups[column][number] for number in image_ids]

    @property
    def places(self) -> tuple[str, ...]:
        """Columns that say where or by which device an image was taken."""
        return tuple(c for c in self.groups if any(word in c.casefold() for word in _PLACES))


def tellable(
    project: Project,
    images: Sequence[ImageRecord],
    facts: Mapping[int, ImageFacts],
    asked: Sequence[str] | None = None,
) -> Columns:
    """The columns that may be told.

    Args:
        project: Knows by hash whom the data set is of.
        images: Each content once.
        facts: Of all images.
        asked: Columns that are wanted; ``None``: all that were kept, and the manufacturer.

    Raises:
        ConfigError: If there is no such column.
    """
    kept = sorted({name for image in images for name in facts[image.id].columns})
    names = [*kept, "manufacturer"] if asked is None else asked
    _check_there(names, (*kept, *_OF_FILES))
    known = project.identifier_hashes()
    groups = {}
    for name in names:
        values = [_value(facts[image.id], name) for image in images]
        if not _names_people(name, values, project, known):
            pooled = _pooled(images, values)
            if 2 <= len(set(pooled) - {"", RARE}) <= _MOST_GROUPS:
                groups[name] = {i.id: v for i, v in zip(images, pooled, strict=True)}
    wanted = kept if asked is None else asked
    return Columns(groups, tuple(name for name in wanted if name not in groups))


def _check_there(names: Sequence[str], there: Sequence[str]) -> None:
    for name in names:
        if name not in there:
            raise ConfigError(
                f"No column {name!r} was kept of these images.",
                f"Choose among {', '.join(there)}.",
            )


def _value(facts: ImageFacts, name: str) -> str:
    if name in facts.columns:
        return facts.columns[name]
    return str(getattr(facts, name)) if name in _OF_FILES else ""


def _names_people(
    name: str, values: Sequence[str], project: Project, known: frozenset[str]
) -> bool:
    squeezed = "".join(filter(str.isalnum, name.casefold()))
    if squeezed in PATIENTS or any(word in name.casefold() for word in _NAMING):
        return True
    return any(_is_personal(value, project, known) for value in set(values))


def _is_personal(value: str, project: Project, known: frozenset[str]) -> bool:
    """Whether a value is long text, a long number, or holds an identifier that an import met."""
    text = value.casefold()
    if len(text) > _LONGEST or (text.isdigit() and len(text) >= _LONGEST_NUMBER):
        return True
    return any(
        is_telling(phrase) and project.salted_hash(phrase) in known for phrase in phrases(text)
    )


def _pooled(images: Sequence[ImageRecord], values: Sequence[str]) -> list[str]:
    """Numbers in bands, and values of few patients together."""
    labels = banded(values)
    patients = defaultdict(set)
    for image, label in zip(images, labels, strict=True):
        patients[label].add(image.patient or image.image_hash)
    return [
        label if not label or len(patients[label]) >= LEAST_PATIENTS else RARE for label in labels
    ]
