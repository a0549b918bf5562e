"""A threshold that a model file keeps."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """A threshold, and what it did where it was chosen."""

    class_name: str
    rule: str
    """As it is written."""
    threshold: float
    """The class is called from this calibrated probability on."""
    sensitivity: float
    """On the data it was chosen on, and so flattering."""
    specificity: float
    source: str
    """That data, in words."""
    images: int
    patients: int
