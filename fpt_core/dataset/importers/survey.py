"""All that a source says of its files before their labels are known."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from fpt_core.dataset.importers.dicomdir import is_dicomdir, keep_referenced
from fpt_core.dataset.importers.folder import ClassFolders
from fpt_core.dataset.importers.headers import Headers, read_headers, stacks
from fpt_core.dataset.importers.matcher import Matcher
from fpt_core.dataset.importers.tree import Tree, walk
from fpt_core.errors import DatasetError
from fpt_core.events import Progress
from fpt_core.images import archive
from fpt_core.images.dicom_tags import DicomTags

_ARCHIVE_OF_PATIENTS = 3
"""Folders with one patient each, from which on they are those of an archive and no classes."""


@dataclass(frozen=True)
class Survey:
    """A source's files, their folders, and what DICOM headers say."""

    tree: Tree
    folders: ClassFolders
    headers: Headers
    stacks: Mapping[str, Sequence[str]]
    """The slices of each series that is a stack, in order."""

    is_dicomdir: bool = False
    """Whether the source is an index, whose folders never are classes."""
    folders_are_patients: bool = False
    """Whether the sub-folders are those of a DICOM archive: each is of one patient."""

    @cached_property
    def matcher(self) -> Matcher:
        """Finds the images that tables mean."""
        return Matcher(self.tree, self.headers.tags)

    @property
    def has_classes(self) -> bool:
        """Whether the sub-folders can be classes."""
        return self.folders.are_classes and not self.is_dicomdir and not self.folders_are_patients


def survey(
    source: Path,
    keywords: Sequence[str] = (),
    most_files: int | None = None,
    most_looks: int | None = None,
    most_headers: int | None = None,
) -> Generator[Progress, None, Survey]:
    """Look through a folder, an archive or the index of a DICOM archive.

    Args:
        source: Where it lies.
        keywords: DICOM attributes to read beside the usual ones.
        most_files: Where to end the search; ``None``: at the last file.
        most_looks: Into how many files without a telling name to look; ``None``: into all.
        most_headers: How many DICOM headers to read, evenly from all; ``None``: all.

    Raises:
        DatasetError: If the source is none of these, or cannot be opened.
    """
    root = _root(source)
    tree = yield from walk(root, most_files, most_looks)
    if root != source:
        keep_referenced(tree, source)
    step = 1 if most_headers is None else max(1, len(tree.dicom) // most_headers)
    headers = yield from read_headers(tree, sorted(tree.dicom)[::step], keywords)
    folders = ClassFolders(tree, headers.without_image)
    return Survey(
        tree,
        folders,
        headers,
        stacks(headers.tags),
        root != source,
        _are_patients(folders, headers.tags),
    )


def _are_patients(folders: ClassFolders, tags: Mapping[str, DicomTags]) -> bool:
    """Whether each folder is of one patient, and they are of several."""
    patients: dict[str, set[str]] = {}
    for place, tag in tags.items():
        if (label := folders.label(place)) is not None:
            patients.setdefault(label[0], set()).add(tag.patient_id)
    everybody = set[str]().union(*patients.values())
    return (
        len(patients) == len(folders.counts) >= _ARCHIVE_OF_PATIENTS
        and all(len(ids) == 1 for ids in patients.values())
        and len(everybody) > 1
    )


def _root(source: Path) -> Path:
    """The folder or archive to look through."""
    if source.is_dir() or archive.is_archive(source):
        return source
    if not source.exists():
        raise DatasetError(f"{source} does not exist.", "Check the path.")
    if is_dicomdir(source):
        return source.parent
    raise DatasetError(
        f"{source.name} is no folder, archive (ZIP, or NPZ of MedMNIST), table (CSV, TSV, TXT, "
        "XLSX or JSONL) or DICOMDIR.",
        "Choose the folder that holds the images, or a table of files and labels.",
    )
