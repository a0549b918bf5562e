"""MedMNIST: one NumPy archive with images and labels of every split.

Reference: Yang et al., MedMNIST v2, Scientific Data 2023.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from fpt_core.dataset.importers.labels import class_names
from fpt_core.dataset.importers.listing import LabelledFile, Listing
from fpt_core.dataset.records import SPLITS, SkippedFile
from fpt_core.errors import DatasetError, ImageError
from fpt_core.images import archive
from fpt_core.images.array import open_array

_MAX_LABEL_BYTES = 500_000_000


def list_medmnist(source: Path) -> Listing:
    """Every row of the splits' images, with its label; numbers are the names of classes.

    Raises:
        DatasetError: If the archive is damaged, of another kind, or has several labels per image.
    """
    try:
        members = {member.path.name: member for member in archive.members(source)}
        splits = [
            split
            for split in SPLITS
            if f"{split}_images" in members and f"{split}_labels" in members
        ]
        labels = {split: _labels(members[f"{split}_labels"]) for split in splits}
    except ImageError as error:
        raise DatasetError(error.message, error.remedy) from error
    if not splits:
        raise DatasetError(
            f"{source.name} has no arrays train_images and train_labels, val_... or test_..., but "
            f"{', '.join(sorted(members)) or 'none at all'}.",
            "Save it as MedMNIST does, or save the images as files.",
        )
    named = class_names([label for split in splits for label in labels[split]], source.name)
    listing = Listing()
    for split in splits:
        path = source / f"{split}_images"
        listing.files += [
            LabelledFile(path, named[label], split=split, frame=row)
            for row, label in enumerate(labels[split])
        ]
    used = {f"{split}_{kind}" for split in splits for kind in ("images", "labels")}
    listing.skipped += [
        SkippedFile(str(source / name), "The array is no split's images or labels.")
        for name in sorted(members.keys() - used)
    ]
    return listing


def _labels(member: archive.Member) -> list[str]:
    """One label per image, as text.

    Raises:
        ImageError: If the array is damaged.
        DatasetError: If it has several labels per image.
    """
    if member.size_bytes > _MAX_LABEL_BYTES:
        raise DatasetError(
            f"{member.path.name} holds {member.size_bytes:,} bytes, more than labels can be.",
            "Check the archive.",
        )
    labels = open_array(member.path)
    if labels.ndim == 2 and labels.shape[1] > 1:
        raise DatasetError(
            f"{member.path.name} gives every image {labels.shape[1]} labels at once, not one.",
            "Choose a data set with one label per image, or make a table with one of them.",
        )
    return _text(labels.reshape(-1))


def _text(labels: NDArray[Any]) -> list[str]:
    return [str(label).strip() or "empty" for label in labels.tolist()]
