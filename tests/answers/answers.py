"""Answers for tests of the queue."""

from __future__ import annotations

from pathlib import Path

from fpt_core.events import Predicted, TokenMap


def answer(path: Path, ill: float = 0.75, distance: float | None = 0.5) -> Predicted:
    """An answer of a model of two classes, with all maps."""
    maps = [TokenMap(2, 2, (0.25, 0.5, share, 0.0), (0, 0, 48, 40)) for share in (0.125, 1, 2, -2)]
    selected, read, *evidence = maps
    return Predicted(
        str(path), ("healthy", "ill"), (1 - ill, ill), selected, 0.25, read, tuple(evidence),
        distance, ("0a", "0b"),
    )  # fmt: skip
