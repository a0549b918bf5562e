"""Small sources of images for tests, and their listings."""

from __future__ import annotations

import copy
import functools
from collections import Counter
from collections.abc import Generator
from pathlib import Path
from typing import Any, TypeVar

import pydicom
from pydicom.data import get_testdata_file

from fpt_core.dataset.importers.listing import Listing
from fpt_core.dataset.importers.source import list_source

Value = TypeVar("Value")


@functools.cache
def _ct() -> pydicom.Dataset:
    return pydicom.dcmread(get_testdata_file("CT_small.dcm", download=False))


def write_dicom(path: Path, **attributes: Any) -> Path:
    """A real CT slice with some attributes changed; ``None`` takes one out."""
    dataset = copy.deepcopy(_ct())
    for keyword, value in attributes.items():
        if value is None:
            delattr(dataset, keyword)
        else:
            setattr(dataset, keyword, value)
    path.parent.mkdir(parents=True, exist_ok=True)
    dataset.save_as(path)
    return path


def finished(steps: Generator[Any, None, Value]) -> tuple[list[Any], Value]:
    """What a generator yields, and what it returns."""
    yielded = []
    while True:
        try:
            yielded.append(next(steps))
        except StopIteration as end:
            return yielded, end.value


def listed(source: Path, **options: Any) -> Listing:
    """The listing of a source."""
    return finished(list_source(source, **options))[1]


def places(listing: Listing, root: Path) -> dict[str, str]:
    """The class of every file by its place below ``root``."""
    return {file.path.relative_to(root).as_posix(): file.class_name for file in listing.files}


def reasons(listing: Listing) -> dict[str, str]:
    """Why files were left out, by name."""
    return {Path(file.path).name: file.reason for file in listing.skipped}


def classes(listing: Listing) -> Counter[str]:
    """Files of every class."""
    return Counter(file.class_name for file in listing.files)
