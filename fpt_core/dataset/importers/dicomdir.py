"""DICOMDIR: the index of a DICOM archive on a disc or a folder.

Reference: DICOM PS3.3 annex F, PS3.10 section 8.
"""

from __future__ import annotations

from pathlib import Path

from fpt_core.dataset.importers.tree import Tree
from fpt_core.dataset.records import SkippedFile
from fpt_core.errors import DatasetError
from fpt_core.images.quiet import quiet


def is_dicomdir(path: Path) -> bool:
    """Whether a file is named as such an index is, perhaps with something after it."""
    return path.name.upper().startswith("DICOMDIR")


def keep_referenced(tree: Tree, index: Path) -> None:
    """Keep those images that the index names; the others, and those that are gone, are skipped.

    Raises:
        DatasetError: If the index is damaged or names no files.
    """
    by_name = {place.casefold(): place for place in tree.images}
    wanted = _referenced(index)
    kept = {by_name[name.casefold()] for name in wanted if name.casefold() in by_name}
    for name in wanted:
        if name.casefold() not in by_name:
            tree.skipped.append(
                SkippedFile(tree.text(name), f"{index.name} names it, but it is not there.")
            )
    tree.skipped += [
        SkippedFile(tree.text(place), f"{index.name} does not name it.")
        for place in tree.images
        if place not in kept
    ]
    tree.images = sorted(kept)
    tree.dicom |= kept


def _referenced(index: Path) -> list[str]:
    """The files that the index names, as paths below its folder."""
    import pydicom  # as much as all else that a window needs to start
    from pydicom.multival import MultiValue

    try:
        with quiet:
            records = pydicom.dcmread(index).DirectoryRecordSequence
            names = [record.get("ReferencedFileID") for record in records]
    except Exception as error:  # damaged data sets raise anything
        raise DatasetError(
            f"{index.name} is damaged or no index of a DICOM archive.",
            "Choose the folder instead: its DICOM files are found without the index.",
        ) from error
    paths = [
        "/".join(map(str, name)) if isinstance(name, MultiValue | list) else str(name)
        for name in names
        if name
    ]
    if not paths:
        raise DatasetError(
            f"{index.name} names no files.",
            "Choose the folder instead: its DICOM files are found without the index.",
        )
    return paths
