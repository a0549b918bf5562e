"""By what the source names people, read again from its files for the privacy check.

It is held in memory while the check runs, and neither kept nor shown.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Generator, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from pydicom import Dataset
from pydicom.datadict import dictionary_description

from fpt_core.dataset.identifiers import phrases
from fpt_core.dataset.importers.table import TABLE_SUFFIXES, Table, read_table
from fpt_core.dataset.project import Project
from fpt_core.errors import FptError
from fpt_core.events import Event, Progress
from fpt_core.images.dicom_dataset import read_dataset
from fpt_core.images.dicom_header import text
from fpt_core.images.quiet import quiet
from fpt_core.images.source import opened

_KEYWORDS = (
    "PatientID",
    "PatientName",
    "AccessionNumber",
    "PatientBirthDate",
    "OtherPatientIDs",
    "OtherPatientNames",
    "PatientBirthName",
    "PatientMotherBirthName",
    "PatientAddress",
    "PatientTelephoneNumbers",
    "AdmissionID",
)
NAMING_COLUMNS = ("patient", "subject", "mrn", "accession", "birth", "dob", "surname", "last_name")
"""Words in the name of a table's column that names people."""
_MOST_TABLES = 50
_EVERY = 50
_NOBODY = frozenset(
    {"anonymous", "anonymized", "anonymised", "deidentified", "removed", "unknown", "none", "null"}
    | {"patient", "subject", "person", "name", "test", "phantom", "image", "case"}
)
"""What stands where a name was taken out."""


@dataclass(slots=True)
class SourceIdentifiers:
    """Identifiers, each with its kind in words, and what was read for them."""

    kinds: dict[str, str] = field(default_factory=dict, repr=False)
    """By identifier: lower case, letters and digits alone."""
    files: int = 0
    """DICOM files that were read again."""
    tables: int = 0
    unread: int = 0
    """Files and tables that could not be."""

    def add(self, kind: str, value: str) -> None:
        """Take notice of a value; of a name as it is written, turned round, and part by part."""
        parts = [part for part in value.split("^") if part.strip()]
        for written in (value, " ".join(reversed(parts)), *parts):
            whole = max(phrases(written.casefold()), key=len, default="")
            if is_telling(whole):
                self.kinds.setdefault(whole, kind)


def is_telling(phrase: str) -> bool:
    """Whether a phrase is long enough, and special enough, not to be anywhere by chance."""
    return len(phrase) >= (5 if phrase.isdigit() else 4) and phrase not in _NOBODY


def read_source_identifiers(project: Project) -> Generator[Event, None, SourceIdentifiers]:
    """Read the DICOM files and the tables of the project's sources again, as far as they are there.

    Yields ``Progress``.
    """
    found = SourceIdentifiers()
    facts = project.facts()
    images = project.images(include_excluded=True)
    paths = sorted({image.path for image in images if facts[image.id].format == "DICOM"})
    tables = [table for root in project.roots() for table in _tables(root.path)]
    total = len(paths) + len(tables)
    for done, path in enumerate(paths):
        if done % _EVERY == 0:
            yield Progress("Reading identifiers", done, total)
        _add_dicom(found, path)
    known = project.identifier_hashes()
    for done, path in enumerate(tables, start=len(paths)):
        yield Progress("Reading identifiers", done, total)
        _add_table(found, path, project, known)
    yield Progress("Reading identifiers", total, total)
    return found


def _add_dicom(found: SourceIdentifiers, path: Path) -> None:
    try:
        with opened(path) as file, quiet:
            dataset = read_dataset(file, path.name, stop_before_pixels=True)
    except FptError:
        found.unread += 1
        return
    found.files += 1
    for part in (dataset, *_other_ids(dataset)):
        for keyword in _KEYWORDS:
            for value in text(part, keyword).split("\\"):
                found.add(dictionary_description(keyword), value)


def _other_ids(dataset: Dataset) -> Sequence[Dataset]:
    try:
        return list(dataset.get("OtherPatientIDsSequence") or ())
    except Exception:  # a damaged value raises whatever its kind of value does
        return ()


def _tables(root: Path) -> list[Path]:
    """Tables below a root, those nearest to it first."""
    found = (
        Path(folder, name)
        for folder, _, names in os.walk(root)
        for name in sorted(names)
        if Path(name).suffix.lower() in TABLE_SUFFIXES
    )
    return list(islice(found, _MOST_TABLES))


def _add_table(
    found: SourceIdentifiers, path: Path, project: Project, known: Collection[str]
) -> None:
    try:
        table = read_table(path)
    except FptError:
        found.unread += 1
        return
    found.tables += 1
    for column in _naming_columns(table, project, known):
        for value in table.column(column):
            found.add(f"A value of column “{column}” of a table", value)


def _naming_columns(table: Table, project: Project, known: Collection[str]) -> Iterator[str]:
    """Columns that name people: by their own name, or because an import took patients from it."""
    for column in table.names:
        hinted = any(word in column.casefold() for word in NAMING_COLUMNS)
        values = table.column(column)[:_EVERY]
        plain = (max(phrases(value.casefold()), key=len, default="") for value in values)
        if hinted or any(
            is_telling(value) and project.salted_hash(value) in known for value in plain
        ):
            yield column
