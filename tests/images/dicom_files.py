"""Small DICOM files of every kind, made from pydicom's CT slice or by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pydicom
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.data import get_testdata_file
from pydicom.dataset import FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import UID, ExplicitVRLittleEndian, SecondaryCaptureImageStorage


def dicom_file(name: str) -> Path:
    """One of the files in pydicom's package."""
    found = get_testdata_file(name, download=False)
    assert isinstance(found, str), f"{name} is no file of pydicom's package"
    return Path(found)


def write_dicom(path: Path, stored: NDArray[Any], **attributes: Any) -> Path:
    """A file with these stored values; the attributes come on top of what they imply."""
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.SOPClassUID, dataset.SOPInstanceUID = SecondaryCaptureImageStorage, "1.2.3"
    dataset.Rows, dataset.Columns = stored.shape[:2]
    dataset.SamplesPerPixel = 3 if stored.ndim == 3 else 1
    dataset.PhotometricInterpretation = "RGB" if stored.ndim == 3 else "MONOCHROME2"
    if stored.ndim == 3:
        dataset.PlanarConfiguration = 0
    dataset.BitsAllocated = dataset.BitsStored = 8 * stored.itemsize
    dataset.HighBit = dataset.BitsStored - 1
    dataset.PixelRepresentation = int(stored.dtype.kind == "i")
    dataset.PixelData = stored.tobytes()
    dataset["PixelData"].VR = "OB" if stored.itemsize == 1 else "OW"
    for name, value in attributes.items():
        setattr(dataset, name, value)
    dataset.save_as(path, enforce_file_format=True)
    return path


def item(**attributes: Any) -> Sequence:
    """A sequence of one item."""
    dataset = Dataset()
    for name, value in attributes.items():
        setattr(dataset, name, value)
    return Sequence([dataset])


def look_up_table(first: int, bits: int, entries: list[int]) -> Sequence:
    """The sequence of a modality or VOI LUT."""
    table = item(LUTDescriptor=[len(entries), first, bits], LUTData=entries)
    table[0]["LUTDescriptor"].VR = "SS" if first < 0 else "US"
    table[0]["LUTData"].VR = "US"
    return table


def resaved(source: Path, target: Path, syntax: UID, **attributes: Any) -> Path:
    """A copy of an uncompressed file in another transfer syntax, with other attributes."""
    dataset = pydicom.dcmread(source)
    for name, value in attributes.items():
        setattr(dataset, name, value)
    if syntax.is_encapsulated:
        dataset.compress(syntax)
    dataset.file_meta.TransferSyntaxUID = syntax
    pydicom.dcmwrite(
        target,
        dataset,
        implicit_vr=syntax.is_implicit_VR,
        little_endian=syntax.is_little_endian,
        force_encoding=True,
    )
    return target


GREY = np.arange(48, dtype=np.uint16).reshape(6, 8) * 20
COLOUR = np.random.default_rng(0).integers(0, 256, (6, 8, 3), dtype=np.uint8)
