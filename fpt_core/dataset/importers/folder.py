"""A folder with one sub-folder per class, perhaps within train, val and test."""

from __future__ import annotations

from pathlib import Path

from fpt_core.dataset.importers.listing import LabelledFile, Listing
from fpt_core.dataset.project import SUFFIX
from fpt_core.dataset.records import SkippedFile
from fpt_core.errors import DatasetError
from fpt_core.images import is_image_file

SPLIT_NAMES = {
    "train": "train",
    "training": "train",
    "val": "val",
    "valid": "val",
    "validation": "val",
    "test": "test",
    "testing": "test",
}


def list_folder(source: Path) -> Listing:
    """The files below ``source``, labelled by the name of their sub-folder.

    Raises:
        DatasetError: If there are no sub-folders with images.
    """
    folders = _folders(source)
    if folders and all(folder.name.lower() in SPLIT_NAMES for folder in folders):
        classes: list[tuple[str | None, Path]] = [
            (SPLIT_NAMES[split.name.lower()], folder)
            for split in folders
            for folder in _folders(split)
        ]
    else:
        classes = [(None, folder) for folder in folders]
    listing = Listing()
    for split, folder in classes:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            if is_image_file(path):
                listing.files.append(LabelledFile(path, folder.name, split=split))
            else:
                listing.skipped.append(SkippedFile(str(path), "It is no image file."))
    listing.skipped += [
        SkippedFile(str(path), "It lies outside the class folders.")
        for path in sorted(source.iterdir())
        if is_image_file(path)
    ]
    _check(source, listing)
    return listing


def _folders(source: Path) -> list[Path]:
    return sorted(
        path
        for path in source.iterdir()
        if path.is_dir() and not path.name.startswith(".") and path.suffix != SUFFIX
    )


def _check(source: Path, listing: Listing) -> None:
    if not listing.files:
        raise DatasetError(
            f"{source} has no sub-folders with images in them.",
            "Put the images of each class into a folder of its own, or give a table of labels.",
        )
