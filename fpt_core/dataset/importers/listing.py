"""What an importer finds: files with labels, not read yet."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from fpt_core.dataset.records import SkippedFile


@dataclass(frozen=True, slots=True)
class LabelledFile:
    """A file with what its source says of it."""

    path: Path
    class_name: str
    patient_id: str | None = None
    """As the source has it; hashed before anything is kept."""
    split: str | None = None


@dataclass(slots=True)
class Listing:
    """All that an importer found."""

    files: list[LabelledFile] = field(default_factory=list)
    skipped: list[SkippedFile] = field(default_factory=list)
