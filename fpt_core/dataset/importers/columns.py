"""Which column of a table says what."""

from __future__ import annotations

from dataclasses import dataclass, replace
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


NO_COLUMN = ""
"""Instead of a column's name: the table does not say it."""


@dataclass(frozen=True, slots=True)
class ColumnChoice:
    """The columns that the user named; ``None``: guessed; ``NO_COLUMN``: there is none."""

    key: str | None = None
    """Names the file, or holds the identifier that ``join`` says."""
    label: str | None = None
    """Where there is none, the folders' names are the labels."""
    patient: str | None = None
    split: str | None = None
    frame: str | None = None
    """Names the frame or slice, from 0."""
    join: Join | None = None
    keep: tuple[str, ...] = ()
    """Columns kept with each image, such as site or sex: for the audit and for subgroups."""

    def settled(self) -> ColumnChoice:
        """The same, where what was not chosen is not guessed either."""
        return replace(
            self,
            label=_settled(self.label),
            patient=_settled(self.patient),
            split=_settled(self.split),
            frame=_settled(self.frame),
        )


def _settled(name: str | None) -> str:
    return NO_COLUMN if name is None else name
