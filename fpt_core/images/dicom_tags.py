"""What the header of a DICOM file says, without its pixels; pydicom is not needed for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

TAG_KEYWORDS = (
    "PatientID",
    "StudyInstanceUID",
    "SeriesInstanceUID",
    "SOPInstanceUID",
    "AccessionNumber",
    "Modality",
    "Manufacturer",
    "PhotometricInterpretation",
    "BurnedInAnnotation",
    "NumberOfFrames",
    "Rows",
    "Columns",
    "InstanceNumber",
    "ImagePositionPatient",
    "ImageOrientationPatient",
)
"""All that ``dicom_tags`` looks at, beside what it is asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DicomTags:
    """What a DICOM file says of itself.

    The identifiers serve for grouping and joining only: they are never kept, and are no part
    of the text that a debugger or a log would show.
    """

    patient_id: str = field(repr=False)
    study_uid: str = field(repr=False)
    series_uid: str = field(repr=False)
    instance_uid: str = field(repr=False)
    accession_number: str = field(repr=False)
    modality: str
    manufacturer: str
    photometric: str
    """PhotometricInterpretation, such as MONOCHROME2."""
    burned_in: bool | None
    """BurnedInAnnotation; ``None`` where the file does not say."""
    transfer_syntax: str
    """Its name, such as JPEG Baseline (Process 1)."""
    num_frames: int
    """0 where there is no image."""
    rows: int
    columns: int
    instance_number: int | None
    slice_mm: float | None
    """Place of a slice along the normal of its plane, by which the slices of a series are
    ordered; ``None`` where the file does not say."""
    values: Mapping[str, str] = field(repr=False)
    """Values of the attributes that were asked for, by keyword; absent ones are left out."""
