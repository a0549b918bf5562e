"""Whether a project keeps what names a person.

Only salted hashes of patients should be kept. The source's identifiers are read again where its
files are still there, and what imports met is known by hash. Both, and the patterns that names,
numbers and addresses follow, are looked for in every text that is kept. What is found is told by
its kind and place, never by itself.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Generator
from dataclasses import dataclass

from fpt_core.dataset.audit.findings import Finding
from fpt_core.dataset.audit.identifier_search import UNSURE, Hit, IdentifierSearch
from fpt_core.dataset.audit.kept_texts import kept_texts, without_numbers
from fpt_core.dataset.audit.source_identifiers import SourceIdentifiers, read_source_identifiers
from fpt_core.dataset.audit.words import counted
from fpt_core.dataset.project import Project
from fpt_core.events import Event, Progress

_EVERY = 5000
_MOST_SHOWN = 500
_ADVICE = (
    ("unused space", "It was changed or deleted, and a trace was left in the file. Import into a "
     "new project before you hand this one on."),
    ("column location", "Rename the files or folders, or name the patient column or pattern when "
     "you import into a new project: names that hold a patient are then hidden."),
    ("column path", "A folder above the images names somebody. Rename it, point the project at its "
     "new place, and import into a new project before you hand it on."),
    ("table images", "Rename the class, or leave the column out when you import."),
    ("table", "Import into a new project without it before you hand this one on."),
    ("its card", "Do not hand the model file on: rename the class, and train again."),
    ("logs", "Delete the log, and tell the makers what the program was doing."),
    ("", "Delete the file, or do not hand it on."),
)  # fmt: skip
"""What to do, by what the place says; the first that fits."""


@dataclass(frozen=True, slots=True)
class PrivacyReport:
    """What was found, and what was looked at."""

    findings: tuple[Finding, ...]
    checked: tuple[str, ...]
    """In sentences."""


def check_privacy(project: Project) -> Generator[Event, None, PrivacyReport]:
    """Search all that the project keeps, and the program's logs. Yields ``Progress``."""
    source = yield from read_source_identifiers(project)
    known = project.identifier_hashes()
    search = IdentifierSearch(source.kinds, known, project.salted_hash)
    texts: Counter[tuple[str, str]] = Counter()
    images: dict[tuple[str, str], set[int]] = defaultdict(set)
    live: set[Hit] = set()
    looked_at: Counter[str] = Counter()
    for number, kept in enumerate(kept_texts(project.path)):
        if number % _EVERY == 0:
            yield Progress("Searching texts", number, 0)
        looked_at[kept.place.split(",")[0]] += 1
        found = search.hits(without_numbers(kept.text), is_name=kept.is_name)
        if kept.is_leftover:
            found -= live
        live |= found
        if kept.is_ours:
            continue
        for kind in {hit.kind for hit in found}:
            texts[kind, kept.place] += 1
            if kept.image_id is not None:
                images[kind, kept.place].add(kept.image_id)
    findings = [
        _finding(kind, place, number, images[kind, place])
        for (kind, place), number in texts.items()
    ]
    return PrivacyReport(tuple(findings), _checked(source, len(known), looked_at))


def _finding(kind: str, place: str, number: int, images: set[int]) -> Finding:
    unsure = kind in UNSURE
    doubt = "It may be harmless: look whether it names or numbers a person. " if unsure else ""
    return Finding(
        "may-identify" if unsure else "identifier-kept",
        "note" if unsure else "serious",
        f"{kind}: {counted(number, 'time')} in {place}",
        doubt + next(advice for part, advice in _ADVICE if part in place),
        tuple((number,) for number in sorted(images)[:_MOST_SHOWN]),
    )


def _checked(source: SourceIdentifiers, hashes: int, looked_at: Counter[str]) -> tuple[str, ...]:
    unread = f", {source.unread:,} of which could not be read" if source.unread else ""
    return (
        f"{counted(source.files + source.unread, 'DICOM file')} and "
        f"{counted(source.tables, 'table')} of the sources read again{unread}: "
        f"{counted(len(source.kinds), 'identifier')}",
        f"{counted(hashes, 'identifier')} that imports met, by hash",
        "names in DICOM's way, dates of birth, DICOM UIDs, e-mail addresses; in file names dates "
        "and numbers of six digits or more",
        "identifiers of fewer than four characters, or five digits, are not looked for",
        *(f"{place}: {counted(number, 'text')}" for place, number in sorted(looked_at.items())),
        "not the pixels, features and weights, which are numbers",
    )
