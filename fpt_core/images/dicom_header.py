"""Attributes of a DICOM data set, read so that a damaged one counts as absent."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from pydicom import Dataset
from pydicom.multival import MultiValue

from fpt_core.images.dicom_tags import DicomTags


def dicom_tags(dataset: Dataset, keywords: Sequence[str] = ()) -> DicomTags:
    """The tags of a data set that was read, with the attributes in ``keywords``."""
    rows, columns = _integer(dataset, "Rows") or 0, _integer(dataset, "Columns") or 0
    has_image = rows > 0 and columns > 0
    syntax = getattr(getattr(dataset, "file_meta", None), "TransferSyntaxUID", None)
    return DicomTags(
        patient_id=text(dataset, "PatientID"),
        study_uid=text(dataset, "StudyInstanceUID"),
        series_uid=text(dataset, "SeriesInstanceUID"),
        instance_uid=text(dataset, "SOPInstanceUID"),
        accession_number=text(dataset, "AccessionNumber"),
        modality=text(dataset, "Modality"),
        manufacturer=text(dataset, "Manufacturer"),
        photometric=text(dataset, "PhotometricInterpretation"),
        burned_in={"YES": True, "NO": False}.get(text(dataset, "BurnedInAnnotation").upper()),
        transfer_syntax="" if syntax is None else str(syntax.name),
        num_frames=max(_integer(dataset, "NumberOfFrames") or 1, 1) if has_image else 0,
        rows=rows,
        columns=columns,
        instance_number=_integer(dataset, "InstanceNumber"),
        slice_mm=_slice_mm(dataset),
        values={word: value for word in keywords if (value := text(dataset, word))},
    )


def text(dataset: Dataset, keyword: str) -> str:
    """An attribute's value in words; empty where it is absent or damaged."""
    try:
        value = dataset.get(keyword)
    except Exception:  # a damaged value raises whatever its kind of value does
        return ""
    if value is None or isinstance(value, Dataset):
        return ""
    if isinstance(value, MultiValue | list):
        return "\\".join(str(part) for part in value).strip()
    return str(value).strip("\0 \t\r\n")


def numbers(dataset: Dataset, keyword: str) -> tuple[float, ...]:
    """An attribute's values as numbers; empty where one of them is none."""
    try:
        value: Any = dataset.get(keyword)
        parts = value if isinstance(value, MultiValue | list) else [value]
        found = tuple(float(part) for part in parts)
    except Exception:  # as above
        return ()
    return found if all(map(math.isfinite, found)) else ()


def _integer(dataset: Dataset, keyword: str) -> int | None:
    found = numbers(dataset, keyword)
    return int(found[0]) if found else None


def _slice_mm(dataset: Dataset) -> float | None:
    position = numbers(dataset, "ImagePositionPatient")
    directions = numbers(dataset, "ImageOrientationPatient")
    if len(position) != 3 or len(directions) != 6:
        return None
    return float(np.dot(position, np.cross(directions[:3], directions[3:])))
