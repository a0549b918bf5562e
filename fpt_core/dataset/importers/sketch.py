"""What a source looks like before it is imported: shown to the user, who confirms or corrects."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeVar

from fpt_core.dataset.importers.columns import ColumnChoice
from fpt_core.dataset.importers.labels import class_names, similar_names
from fpt_core.dataset.importers.medmnist import list_medmnist
from fpt_core.dataset.importers.proposal import Proposal, candidates, propose, tables_that_fit
from fpt_core.dataset.importers.source import is_medmnist, root_and_table
from fpt_core.dataset.importers.survey import Survey, survey
from fpt_core.dataset.patients import PatientPattern, somebody, suggest_pattern
from fpt_core.errors import DatasetError, ImageError
from fpt_core.images import num_frames
from fpt_core.images.kind import VOLUME_FORMATS

SourceKind = Literal["class-folders", "table", "dicom", "npz"]

_MOST_FILES = 200_000
_MOST_LOOKS = 2000
_MOST_HEADERS = 300
_MOST_PATHS = 3000
_MOST_PAGED = 20
_ROWS = 8
_MOST_VALUES = 50
_LABEL_TAGS = (
    "Modality",
    "BodyPartExamined",
    "ViewPosition",
    "Laterality",
    "ImageLaterality",
    "StudyDescription",
    "SeriesDescription",
    "ProtocolName",
    "RequestedProcedureDescription",
    "PerformedProcedureStepDescription",
    "AdmittingDiagnosesDescription",
    "ReasonForTheRequestedProcedure",
    "ImageComments",
    "PatientSex",
    "ClinicalTrialProtocolID",
)
"""DICOM attributes in which archives keep what an image shows."""
_MOSTLY = 0.5
_PAGED = (".tif", ".tiff", ".gif")

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class TableSketch:
    """A table, what its columns seem to mean, and how many files each reading finds."""

    path: Path
    names: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    """The first rows, in the order of ``names``."""
    num_rows: int
    guess: ColumnChoice
    """Every column that could be guessed is filled in, the join too."""
    found: tuple[tuple[str, str, int], ...]
    """Key column, join, and how many rows find a file by them; the best reading first.

    Of a DICOM archive only some headers are read for this.
    """


@dataclass(frozen=True, slots=True)
class SourceSketch:
    """A source as it seems to be."""

    source: Path
    kind: SourceKind
    num_files: int
    class_names: tuple[str, ...]
    """Empty where the labels' column or tag is still to be chosen."""
    tables: tuple[Path, ...] = ()
    """Tables that lie in the source; the one that is used is in ``table``."""
    table: TableSketch | None = None
    label_tags: tuple[tuple[str, int], ...] = ()
    """DICOM attributes that could be the label, by keyword, and their number of values."""
    patients_known: bool = False
    pattern: PatientPattern | None = None
    """Where no patients are known: the pattern that file names seem to follow."""
    has_slices: bool = False
    """Whether some files have several frames or belong to series, so that a rule applies."""
    notes: tuple[str, ...] = ()
    """What the user should know before importing, in words."""


def sketch(source: Path, labels: Path | None = None) -> SourceSketch:
    """What a source seems to be, from its names, its tables and a sample of its headers.

    Pixels are not read.

    Args:
        source: A folder, an archive, a DICOMDIR or a table.
        labels: A table of labels for the files under ``source``.

    Raises:
        DatasetError: If it cannot be opened, or holds no images.
    """
    if is_medmnist(source):
        files = list_medmnist(source).files
        names = tuple(sorted({file.class_name for file in files}))
        return SourceSketch(source, "npz", len(files), names)
    root, labels = root_and_table(source, labels)
    found = _last(survey(root, _LABEL_TAGS, _MOST_FILES, _MOST_LOOKS, _MOST_HEADERS))
    if not found.tree.images:
        raise DatasetError(f"There are no images in {root}.", "Choose the folder that holds them.")
    proposal, notes = _proposal(found, labels)
    kind = _kind(found, proposal)
    names, refusals = _class_names(found, kind, proposal)
    patients_known = _knows_patients(found, proposal)
    return SourceSketch(
        source,
        kind,
        len(found.tree.images),
        names,
        tuple(path for path in candidates(found) if path != labels),
        None if proposal is None else _table_sketch(proposal),
        tuple(_label_tags(found)),
        patients_known,
        None if patients_known else _pattern(found, names),
        _has_slices(found, proposal),
        (*notes, *refusals, *_similar(names)),
    )


def _last(steps: Generator[object, None, Value]) -> Value:
    """What a generator returns, its progress left aside."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            result: Value = end.value
            return result


def _proposal(found: Survey, labels: Path | None) -> tuple[Proposal | None, list[str]]:
    """The table that the images would be read by, and what to know of it."""
    if labels is not None:
        proposal = propose(found, labels, ColumnChoice())
        return proposal, list(proposal.table.notes)
    try:
        fitting = tables_that_fit(found, ColumnChoice())
    except DatasetError as error:
        return None, [str(error)]
    if fitting:
        return fitting[0], list(fitting[0].table.notes)
    if found.has_classes:
        return None, []
    return _any_table(found), []


def _any_table(found: Survey) -> Proposal | None:
    """A table whose columns the user may be able to map, though none finds images."""
    for path in candidates(found):
        if path.suffix.lower() != ".txt":  # which is prose as often as not
            try:
                return propose(found, path, ColumnChoice())
            except DatasetError:
                continue
    return None


def _kind(found: Survey, proposal: Proposal | None) -> SourceKind:
    if proposal is not None:
        return "table"
    mostly_dicom = len(found.tree.dicom) > _MOSTLY * len(found.tree.images)
    if mostly_dicom and not found.has_classes:
        return "dicom"
    return "class-folders"


def _class_names(
    found: Survey, kind: SourceKind, proposal: Proposal | None
) -> tuple[tuple[str, ...], list[str]]:
    """The classes, or why what seems to name them cannot."""
    if kind == "dicom":
        return (), []
    label = None if proposal is None else proposal.choice.label
    if proposal is None or (label is None and found.has_classes):
        return tuple(sorted(found.folders.counts)), []
    if label is None:
        return (), []
    values = proposal.table.column(label)
    try:
        named = class_names(values, f"Column {label!r} of {proposal.table.path.name}")
    except DatasetError as error:
        return (), [str(error)]
    return tuple(sorted({*named.values()})), []


def _table_sketch(proposal: Proposal) -> TableSketch:
    table = proposal.table
    return TableSketch(
        table.path,
        table.names,
        tuple(tuple(row.values[name] for name in table.names) for row in table.rows[:_ROWS]),
        len(table.rows),
        proposal.choice,
        tuple((reading.key, reading.join, reading.found) for reading in proposal.readings),
    )


def _label_tags(found: Survey) -> Iterator[tuple[str, int]]:
    """Attributes with at least two values, and fewer than identifiers or free text have."""
    tags = found.headers.tags.values()
    for keyword in _LABEL_TAGS:
        values = {tag.values[keyword] for tag in tags if keyword in tag.values}
        if 2 <= len(values) <= _MOST_VALUES:
            yield keyword, len(values)


def _knows_patients(found: Survey, proposal: Proposal | None) -> bool:
    if proposal is not None and proposal.choice.patient is not None:
        return True
    return any(somebody(tags.patient_id) for tags in found.headers.tags.values())


def _pattern(found: Survey, names: tuple[str, ...]) -> PatientPattern | None:
    images = found.tree.images
    sample = images[:: max(1, len(images) // _MOST_PATHS)]
    return suggest_pattern([found.tree.path(place) for place in sample], found.tree.root, names)


def _has_slices(found: Survey, proposal: Proposal | None) -> bool:
    if found.stacks or any(tags.num_frames > 1 for tags in found.headers.tags.values()):
        return True
    if proposal is not None and proposal.choice.frame is not None:
        return True
    images = found.tree.images
    if any(place.lower().endswith((*VOLUME_FORMATS, ".npy")) for place in images):
        return True
    paged = [place for place in images if place.lower().endswith(_PAGED)]
    return any(_is_paged(found.tree.path(place)) for place in paged[:_MOST_PAGED])


def _is_paged(path: Path) -> bool:
    try:
        return num_frames(path) > 1
    except ImageError:
        return False


def _similar(names: tuple[str, ...]) -> Iterator[str]:
    return (f"{note.message} {note.remedy}" for note in similar_names(names))
