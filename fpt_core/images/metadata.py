"""What a file says of itself, and which of it could identify a person."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import ExifTags, Image

from fpt_core.images.kind import HEAD_BYTES, kind_of
from fpt_core.images.quiet import quiet
from fpt_core.images.read import open_image
from fpt_core.images.refusal import in_words
from fpt_core.images.source import opened
from fpt_core.images.stack import source_of

if TYPE_CHECKING:
    from pydicom import DataElement, Dataset

_TECHNICAL_GROUPS = frozenset({0x0018, 0x0028, 0x0054})
"""Acquisition, image pixels, nuclear medicine: how the image was made."""
_MEASURES_AND_CODES = frozenset({"CS", "DS", "FD", "FL", "IS", "SL", "SS", "UL", "US"})
_TECHNICAL = frozenset(
    {
        "ImageLaterality",
        "ImageType",
        "Laterality",
        "Manufacturer",
        "ManufacturerModelName",
        "Modality",
        "NumberOfFrames",
        "PatientOrientation",
        "PresentationIntentType",
        "SOPClassUID",
        "TransferSyntaxUID",
    }
)
_TECHNICAL_EXIF = frozenset(
    {
        "BitsPerSample",
        "ColorSpace",
        "Compression",
        "ExifVersion",
        "ImageLength",
        "ImageWidth",
        "Make",
        "Model",
        "Orientation",
        "PhotometricInterpretation",
        "ResolutionUnit",
        "SamplesPerPixel",
        "XResolution",
        "YResolution",
    }
)
_LONGEST_VALUE = 500


@dataclass(frozen=True, slots=True)
class Attribute:
    """One thing that a file says of itself."""

    name: str
    value: str
    identifies: bool
    """Whether it could tell who the image is of: all that is not plainly technical."""


def read_metadata(path: Path) -> tuple[Attribute, ...]:
    """All attributes of a file, without its pixels; of a stack those of its first slice.

    What could identify is for the eyes of who opened the file: never keep or export it.

    Raises:
        ImageError: If there is no image in it.
    """
    path, _ = source_of(path, 0)
    with opened(path) as file, quiet, in_words(path.name):
        if kind_of(file.read(HEAD_BYTES), path.name) == "dicom":
            from fpt_core.images.dicom_dataset import read_dataset

            dataset = read_dataset(file, path.name, stop_before_pixels=True)
            return (*_of_dicom(dataset.file_meta), *_of_dicom(dataset))
    with open_image(path) as image:
        found = [Attribute("Format", image.format, False)]
        found.append(Attribute("Frames", str(image.num_frames()), False))
    if image.format in Image.MIME:
        with opened(path) as file, quiet, in_words(path.name), Image.open(file) as picture:
            found += _of_raster(picture)
    return tuple(found)


def _of_dicom(dataset: Dataset) -> Iterator[Attribute]:
    for element in dataset:
        if element.VR == "SQ":
            count = len(element.value or ())
            yield Attribute(element.name, f"{count} items", not _is_technical(element))
        elif element.VR not in ("OB", "OD", "OF", "OL", "OV", "OW", "UN"):
            several = element.value if element.VM > 1 else (element.value,)
            value = "\\".join(str(part) for part in several)[:_LONGEST_VALUE]
            yield Attribute(element.name, value, not _is_technical(element))


def _is_technical(element: DataElement) -> bool:
    """What is known to be harmless; everything else is taken to identify."""
    from pydicom.datadict import keyword_for_tag

    if keyword_for_tag(element.tag) in _TECHNICAL:
        return True
    return element.tag.group in _TECHNICAL_GROUPS and element.VR in _MEASURES_AND_CODES


def _of_raster(image: Image.Image) -> Iterator[Attribute]:
    yield Attribute("Size", f"{image.width} x {image.height} px", False)
    yield Attribute("Mode", image.mode, False)
    for tag, value in image.getexif().items():
        name = ExifTags.TAGS.get(tag, f"Tag {tag}")
        yield Attribute(name, str(value)[:_LONGEST_VALUE], name not in _TECHNICAL_EXIF)
