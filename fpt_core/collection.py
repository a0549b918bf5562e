"""Python's search for reference cycles, while many values that last are made."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_NEW_VALUES = 100_000
"""Until the next search."""


@contextmanager
def seldom_collected() -> Iterator[None]:
    """Search for cycles seldom: each search goes through all the values that are only kept."""
    before = gc.get_threshold()
    gc.set_threshold(max(_NEW_VALUES, before[0]), *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
