"""What a project keeps of images and of files that were left out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

SPLITS = ("train", "val", "test")
ONE_FILE = "file:"
"""Begins what stands for the patient where all that is known is that the frames of one file, such
as the slices of a volume, or the files of one examination are of one person."""


class ImageFacts(NamedTuple):
    """What is known of an image beside its pixels and its label; the audit looks here.

    Nothing in it identifies a person. A tuple, as there is one of every image.
    """

    format: str = ""
    """Of the file: JPEG, PNG, TIFF, DICOM, NIfTI, ..."""
    compression: str = ""
    """Such as RLE Lossless, or a JPEG's quality; empty where there is none or it is unknown."""
    modality: str = ""
    """DICOM's Modality, such as CT or DX."""
    manufacturer: str = ""
    burned_in: bool | None = None
    """DICOM's BurnedInAnnotation; ``None`` where the file does not say."""
    colour: bool | None = None
    """Whether the picture has colours rather than greys; ``None``: not looked at."""
    file_bytes: int = 0
    num_frames: int = 1
    """Of the file."""
    source_label: str = ""
    """The label that the source gave, whatever a person said since."""
    mean: float = 0.0
    """Mean brightness as shown, 0 to 1."""
    std: float = 0.0
    """Standard deviation of the brightness, 0 to 1."""
    dark_share: float = 0.0
    """Share of pixels that are black."""
    bright_share: float = 0.0
    """Share of pixels that are white."""
    border_share: float = 0.0
    """Share of rows and columns at the edges that are of one even colour."""
    perceptual_hash: str = ""
    """By ``fpt_core.images.perceptual_hash``; near images differ in few bits."""
    columns: Mapping[str, str] = {}
    """Values of the table's columns that the user chose to keep, such as site or sex."""

    def to_json(self) -> str:
        """As the project keeps it."""
        return json.dumps(self._asdict())

    @classmethod
    def from_json(cls, text: str) -> ImageFacts:
        """What ``to_json`` wrote."""
        return cls(**json.loads(text))


@dataclass(frozen=True, slots=True, kw_only=True)
class NewImage:
    """An image to be added: one frame of a file."""

    path: Path
    """Absolute; it may lead through an archive: ``/data/scans.zip/dir/IM0001``."""
    frame: int = 0
    image_hash: str
    """SHA-256 of the frame's content, in hexadecimal: equal where two files are copies."""
    class_name: str
    split: str
    patient: str | None
    """Salted hash, perhaps after ``ONE_FILE``; ``None`` where the patient is unknown."""
    width: int
    height: int
    fold: int | None = None
    """Cross-validation fold; ``None`` for test images and where there are no folds."""
    file_mtime_ns: int = 0
    """When the file was last changed, to tell a changed file without reading it."""
    moved_from: int | None = None
    """Id of the image that this one is, where its file lay elsewhere before."""
    private_name: bool = False
    """Whether the path holds an identifier, so that only its salted hash is kept."""
    facts: ImageFacts = field(default_factory=ImageFacts)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageRecord:
    """An image of the project."""

    id: int
    path: Path
    """Absolute, and perhaps through an archive."""
    frame: int
    image_hash: str
    class_name: str
    split: str
    fold: int | None
    patient: str | None
    width: int
    height: int
    excluded: bool


def is_known(patient: str | None) -> bool:
    """Whether it says who an image is of, and not only which file it came from."""
    return patient is not None and not patient.startswith(ONE_FILE)


@dataclass(frozen=True, slots=True)
class SkippedFile:
    """A file that was not imported, and why."""

    path: str
    reason: str
