"""What an importer finds: files with labels, not read yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from fpt_core.dataset.records import SkippedFile
from fpt_core.events import Warned


@dataclass(frozen=True, slots=True)
class LabelledFile:
    """A file with what its source says of it."""

    path: Path
    """It may lead through an archive: ``/data/scans.zip/dir/IM0001``."""
    class_name: str
    patient_id: str | None = field(default=None, repr=False)
    """As the source has it; hashed before anything is kept."""
    split: str | None = None
    frame: int | None = None
    """The one frame that the source names; ``None``: the import's rule chooses."""
    columns: Mapping[str, str] = field(default_factory=dict)
    """Values of the table's columns that the user chose to keep."""
    examination: str | None = field(default=None, repr=False)
    """What the files of one DICOM study share, where nothing says whose they are; never kept."""
    series: str | None = field(default=None, repr=False)
    """What the slices of one stack share, as each is a file of its own; never kept."""


@dataclass(slots=True)
class Listing:
    """All that an importer found."""

    files: list[LabelledFile] = field(default_factory=list)
    """The slices of a stack follow each other in their order along it."""
    skipped: list[SkippedFile] = field(default_factory=list)
    tables: list[Path] = field(default_factory=list)
    """Those that were used."""
    warnings: list[Warned] = field(default_factory=list)
    """What the user should know of the source as a whole."""
