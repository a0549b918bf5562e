"""Which column of a table says what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Join = Literal[
    "file",
    "PatientID",
    "StudyInstanceUID",
    "SeriesInstanceUID",
    "SOPInstanceUID",
    "AccessionNumber",
]
"""What the key column holds: a file's path or name, or the value of a DICOM attribute."""

JOINS: tuple[Join, ...] = (
    "SOPInstanceUID",
    "file",
    "SeriesInstanceUID",
    "StudyInstanceUID",
    "AccessionNumber",
    "PatientID",
)
"""The one that tells images best apart first."""


@dataclass(frozen=True, slots=True)
class ColumnChoice:
    """The columns that the user named; ``None``: guessed from the table."""

    key: str | None = None
    """Names the file, or holds the identifier that ``join`` says."""
    label: str | None = None
    patient: str | None = None
    split: str | None = None
    frame: str | None = None
    """Names the frame or slice, from 0."""
    join: Join | None = None
    keep: tuple[str, ...] = ()
    """Columns kept with each image, such as site or sex: for the audit and for subgroups."""
