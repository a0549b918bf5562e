"""From a source as people have it to labelled files: the door that the import job uses."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import replace
from pathlib import Path

from fpt_core.dataset.importers.columns import ColumnChoice
from fpt_core.dataset.importers.completion import (
    add_patients,
    leave_out_without_image,
    left_over,
    order_stacks,
)
from fpt_core.dataset.importers.folder import add_folders, agree, list_folder
from fpt_core.dataset.importers.labels import class_names, similar_names
from fpt_core.dataset.importers.listing import LabelledFile, Listing
from fpt_core.dataset.importers.medmnist import list_medmnist
from fpt_core.dataset.importers.proposal import Proposal, propose_all, tables_that_fit
from fpt_core.dataset.importers.survey import Survey, survey
from fpt_core.dataset.importers.table import TABLE_SUFFIXES
from fpt_core.dataset.importers.table_listing import list_table, needed_columns
from fpt_core.dataset.patients import compile_pattern
from fpt_core.dataset.records import SkippedFile
from fpt_core.errors import ConfigError, DatasetError
from fpt_core.events import Progress, Warned

_IDENTIFYING = frozenset(
    {"PatientID", "PatientName", "PatientBirthDate", "OtherPatientIDs", "AccessionNumber"}
    | {"StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID", "StudyID"}
)


def list_source(
    source: Path,
    labels: Path | None = None,
    columns: ColumnChoice | None = None,
    label_tag: str | None = None,
    patient_pattern: str | None = None,
) -> Generator[Progress, None, Listing]:
    """All files of a source with their labels; the rest with the reason why it is left out.

    Yields ``Progress``; returns the listing (``listing = yield from ...``).

    Args:
        source: A folder, an archive (ZIP or MedMNIST's NPZ), a DICOMDIR or a table.
        labels: A table of labels for the files under ``source``.
        columns: The table's columns; those that are not chosen are guessed.
        label_tag: DICOM attribute that is the label, by keyword or as ``gggg,eeee``.
        patient_pattern: Regular expression whose first group is the patient in a path; it
            counts more than a PatientID, and less than a table's column.

    Raises:
        DatasetError: If the source gives no labelled files at all.
        ConfigError: If the tag or the pattern is none.
    """
    pattern = compile_pattern(patient_pattern) if patient_pattern else None
    keyword = tag_keyword(label_tag) if label_tag else None
    if is_medmnist(source):
        return list_medmnist(source)
    root, labels = root_and_table(source, labels)
    found = yield from survey(root, [keyword] if keyword else [])
    choice = columns or ColumnChoice()
    if keyword is not None:
        listing, rest = _by_tag(found, keyword), "It is no DICOM file."
    elif labels is not None:
        listing = _by_tables(found, propose_all(found, labels, choice))
        rest = "The table does not name it."
    else:
        listing, rest = _by_what_is_there(found, choice)
    leave_out_without_image(found, listing)
    if labels is None or labels != source:  # around a table that is the source lies anything
        listing.skipped += left_over(found, listing, rest)
    add_patients(found, listing, pattern)
    order_stacks(found, listing)
    listing.warnings += similar_names(file.class_name for file in listing.files)
    return listing


def root_and_table(source: Path, labels: Path | None) -> tuple[Path, Path | None]:
    """Where the images are, and the table of labels; a table as the source lies beside them."""
    is_table = source.suffix.lower() in TABLE_SUFFIXES and source.is_file()
    if is_table and labels in (None, source):
        return source.parent, source
    return source, labels


def is_medmnist(source: Path) -> bool:
    """Whether a source is an archive of arrays."""
    return source.suffix.lower() == ".npz" and source.is_file()


def tag_keyword(text: str) -> str:
    """The keyword of a DICOM attribute, given as one or as ``gggg,eeee``.

    Raises:
        ConfigError: If there is none of that name, or it would name persons.
    """
    from pydicom.datadict import keyword_for_tag  # as much as all else that a window needs
    from pydicom.tag import Tag

    try:
        keyword = keyword_for_tag(Tag(text.replace(",", "").strip("() ")))
    except (ValueError, OverflowError):
        keyword = ""
    if not keyword:
        raise ConfigError(
            f"{text!r} is no DICOM attribute.",
            "Write its keyword, such as BodyPartExamined, or its number, such as 0018,0015.",
        )
    if keyword in _IDENTIFYING:
        raise ConfigError(
            f"{keyword} identifies persons or examinations and is no label.",
            "Choose an attribute that says the class, such as BodyPartExamined.",
        )
    return keyword


def _by_tag(found: Survey, keyword: str) -> Listing:
    """The DICOM files, labelled by one of their attributes."""
    listing = Listing()
    for place, tags in found.headers.tags.items():
        path = found.tree.path(place)
        if label := tags.values.get(keyword, ""):
            listing.files.append(LabelledFile(path, label))
        else:
            listing.skipped.append(SkippedFile(str(path), f"It has no {keyword}."))
    if not listing.files:
        raise DatasetError(
            f"No DICOM file in {found.tree.root} has an attribute {keyword}.",
            "Choose another attribute, or give a table of labels.",
        )
    return _named(listing, f"The attribute {keyword}")


def _by_what_is_there(found: Survey, choice: ColumnChoice) -> tuple[Listing, str]:
    """Labels from the tables that lie in the source, from its folders, or from both."""
    tables = tables_that_fit(found, choice)
    if tables:
        listing = _by_tables(found, tables)
        names = ", ".join(dict.fromkeys(each.table.path.name for each in tables))
        if found.has_classes and agree(found.tree, found.folders, listing):
            add_folders(found.tree, found.folders, listing, names)
            listing.warnings.append(Warned(f"{names} adds to what the class folders say."))
            return listing, "It lies outside the class folders."
        listing.warnings.append(Warned(f"The images are read as {names} describes them."))
        return listing, "The table does not name it."
    if found.folders_are_patients or found.is_dicomdir:
        raise DatasetError(
            f"The folders in {found.tree.root} are those of a DICOM archive, not classes.",
            "Give a table of labels, or the DICOM attribute that is the label.",
        )
    return list_folder(found.tree, found.folders), "It lies outside the class folders."


def _by_tables(found: Survey, tables: Sequence[Proposal]) -> Listing:
    """The images that tables name; where there are several each is that of a split."""
    listing = Listing()
    for each in tables:
        columns = needed_columns(each.table, each.choice, found.has_classes)
        part = list_table(found, each.table, columns, each.matcher)
        if columns.label is not None and part.files:
            part = _named(part, f"Column {columns.label!r} of {each.table.path.name}")
        listing.files += part.files
        listing.skipped += part.skipped
        listing.tables += part.tables
        listing.warnings += part.warnings
    if not listing.files:
        reason = f" The first: {listing.skipped[0].reason}" if listing.skipped else ""
        raise DatasetError(
            f"No row of {tables[0].table.path.name} gives an image with a label.{reason}",
            "Choose the folder that its paths start from, or another column.",
        )
    return listing


def _named(listing: Listing, where: str) -> Listing:
    """The listing with labels as class names."""
    names = class_names([file.class_name for file in listing.files], where)
    files = [
        file
        if names[file.class_name] == file.class_name
        # Most labels are names already, and there may be many files.
        else replace(file, class_name=names[file.class_name])
        for file in listing.files
    ]
    return replace(listing, files=files)
