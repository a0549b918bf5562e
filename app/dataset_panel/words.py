"""Words that several parts of the panel say."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from fpt_core.dataset.importers.table import TABLE_SUFFIXES

SPLIT_WORDS: Mapping[str, str] = MappingProxyType(
    {"train": "Training", "val": "Validation", "test": "Test"}
)

TABLE_FILTER = f"Tables ({' '.join('*' + suffix for suffix in sorted(TABLE_SUFFIXES))})"


def count_of(number: int, noun: str) -> str:
    """Such as ``1 image`` or ``1,200 images``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
