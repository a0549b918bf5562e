"""A folder with one sub-folder per class, perhaps within train, val and test."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from pathlib import Path

from fpt_core.dataset.importers.labels import check_count
from fpt_core.dataset.importers.listing import LabelledFile, Listing
from fpt_core.dataset.importers.tree import Tree
from fpt_core.dataset.records import SkippedFile
from fpt_core.errors import DatasetError
from fpt_core.images import archive

_AGREEING = 0.9
SPLIT_NAMES = {
    "train": "train",
    "training": "train",
    "val": "val",
    "valid": "val",
    "validation": "val",
    "test": "test",
    "testing": "test",
}


class ClassFolders:
    """The sub-folders of a source as classes.

    An archive often packs one folder that holds them; that one is looked into.

    Args:
        tree: The source.
        without: Places of files that hold no image after all.
    """

    def __init__(self, tree: Tree, without: Collection[str] = ()) -> None:
        images = [place for place in tree.images if place not in without]
        folders = [place.split("/")[:-1] for place in images]
        self._start = _wrapping(folders) if archive.is_archive(tree.root) else 0
        top = {parts[self._start].lower() for parts in folders if len(parts) > self._start}
        self._has_splits = bool(top) and top <= SPLIT_NAMES.keys()
        labels = [label for place in images if (label := self.label(place))]
        self.counts = Counter(name for name, _ in labels)
        """Images of every class."""

    @property
    def are_classes(self) -> bool:
        """Whether there are at least two of them."""
        return len(self.counts) > 1

    def label(self, place: str) -> tuple[str, str | None] | None:
        """The class and the split that folders give an image; ``None`` outside of them."""
        parts = place.split("/")[self._start : -1]
        if not self._has_splits:
            return (parts[0], None) if parts else None
        return (parts[1], SPLIT_NAMES[parts[0].lower()]) if len(parts) > 1 else None

    def split(self, place: str) -> str | None:
        """The split whose folder an image lies in, with or without class folders below."""
        parts = place.split("/")[self._start : -1]
        return SPLIT_NAMES[parts[0].lower()] if self._has_splits and parts else None


def list_folder(tree: Tree, folders: ClassFolders) -> Listing:
    """The images of a source, labelled by the name of their folder.

    Raises:
        DatasetError: If there are no sub-folders with images, or too many to be classes.
    """
    if not folders.counts:
        raise DatasetError(
            f"{tree.root} has no sub-folders with images in them.",
            "Put the images of each class into a folder of its own, or give a table of labels or "
            "the DICOM attribute that is the label.",
        )
    check_count(
        folders.counts,
        f"The folder {tree.root.name}",
        "Choose a folder with one sub-folder per class, or give a table of labels.",
    )
    listing = Listing()
    for place in tree.images:
        if (label := folders.label(place)) is not None:
            listing.files.append(LabelledFile(tree.path(place), label[0], split=label[1]))
    return listing


def agree(tree: Tree, folders: ClassFolders, listing: Listing) -> bool:
    """Whether the labels of a listing are nearly always the names of the folders."""
    same = sum(_folder_class(tree, folders, file) == file.class_name for file in listing.files)
    return same >= _AGREEING * len(listing.files)


def add_folders(tree: Tree, folders: ClassFolders, listing: Listing, table: str) -> None:
    """Add the images of class folders that a table does not name; skip those it contradicts."""
    agreeing = []
    for file in listing.files:
        folder = _folder_class(tree, folders, file)
        if folder in (None, file.class_name):
            agreeing.append(file)
        else:
            reason = f"{table} says {file.class_name!r}, but it lies in the folder of {folder!r}."
            listing.skipped.append(SkippedFile(str(file.path), reason))
    told = {file.path for file in listing.files} | {Path(file.path) for file in listing.skipped}
    others = list_folder(tree, folders).files
    listing.files = [*agreeing, *(file for file in others if file.path not in told)]


def _folder_class(tree: Tree, folders: ClassFolders, file: LabelledFile) -> str | None:
    label = folders.label(file.path.relative_to(tree.root).as_posix())
    return label[0] if label else None


def _wrapping(folders: Sequence[Sequence[str]]) -> int:
    """How many folders hold nothing but one other folder each."""
    depth = 0
    while folders and len({tuple(parts[: depth + 1]) for parts in folders}) == 1:
        if any(len(parts) <= depth + 1 for parts in folders):
            break
        depth += 1
    return depth
