"""What can be imported, and which of several dropped files belong together."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from fpt_core.dataset.importers.table import TABLE_SUFFIXES
from fpt_core.dataset.project import SUFFIX

_ARCHIVES = frozenset({".zip", ".npz"})
_DICOMDIR = "dicomdir"

Source = tuple[Path, Path | None]
"""A source, and a table of labels that was given with it."""


def is_source(path: Path) -> bool:
    """Whether this is a data set rather than one image to look at."""
    return (
        path.is_dir()
        or path.suffix.lower() in TABLE_SUFFIXES | _ARCHIVES
        or path.name.lower() == _DICOMDIR
    )


def pair_sources(paths: Sequence[Path]) -> list[Source]:
    """The sources among these; one table that comes with one other thing holds its labels."""
    tables = [path for path in paths if path.suffix.lower() in TABLE_SUFFIXES]
    if len(paths) == 2 and len(tables) == 1:
        (source,) = set(paths) - set(tables)
        return [(source, tables[0])]
    return [(path, None) for path in paths]


def project_beside(source: Path) -> Path:
    """Where the project of a source is made when none is open."""
    folder = source if source.is_dir() else source.parent
    return folder.with_name(f"{folder.name}{SUFFIX}")
