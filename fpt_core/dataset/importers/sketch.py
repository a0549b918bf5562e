"""What a source looks like before it is imported: shown to the user, who confirms or corrects."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from fpt_core.dataset.importers.columns import ColumnChoice
from fpt_core.dataset.patients import PatientPattern

SourceKind = Literal["class-folders", "table", "dicom", "npz"]


@dataclass(frozen=True, slots=True)
class TableSketch:
    """A table, what its columns seem to mean, and how many files each reading finds."""

    path: Path
    names: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    """The first rows, in the order of ``names``."""
    num_rows: int
    guess: ColumnChoice
    """Every column that could be guessed is filled in, the join too."""
    found: tuple[tuple[str, str, int], ...]
    """Key column, join, and how many rows find a file by them; the best reading first."""


@dataclass(frozen=True, slots=True)
class SourceSketch:
    """A source as it seems to be."""

    source: Path
    kind: SourceKind
    num_files: int
    class_names: tuple[str, ...]
    """Empty where the labels' column or tag is still to be chosen."""
    tables: tuple[Path, ...] = ()
    """Tables that lie in the source; the one that is used is in ``table``."""
    table: TableSketch | None = None
    label_tags: tuple[tuple[str, int], ...] = ()
    """DICOM attributes that could be the label, by keyword, and their number of values."""
    patients_known: bool = False
    pattern: PatientPattern | None = None
    """Where no patients are known: the pattern that file names seem to follow."""
    has_slices: bool = False
    """Whether some files have several frames or belong to series, so that a rule applies."""
