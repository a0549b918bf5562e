"""A finding of the audit: what was found, the images behind it, remedies of one click."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["serious", "caution", "note"]
"""Makes results wrong; may make them wrong; good to know."""


@dataclass(frozen=True, slots=True)
class Remedy:
    """What one click does about a finding; every one can be undone."""

    text: str
    """On the button: "Exclude the 12 copies"."""
    action: Literal["exclude", "relabel", "move"]
    image_ids: tuple[int, ...]
    value: str = ""
    """The class to relabel to, or the split to move to."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something in the data set that a careful person would want to know."""

    kind: str
    """What was looked for, such as ``near-duplicates-across-splits``."""
    severity: Severity
    title: str
    """One line, with numbers."""
    explanation: str
    """What it means for the model and what to do, in words."""
    groups: tuple[tuple[int, ...], ...] = ()
    """Ids of the images behind it; those that belong together in one group."""
    remedies: tuple[Remedy, ...] = ()
