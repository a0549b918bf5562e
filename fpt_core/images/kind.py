"""What kind of image a file is: by its first bytes, and by its name where they do not say."""

from __future__ import annotations

import os
from typing import Literal

Kind = Literal["dicom", "raster", "volume", "array", "archive", "stack", "unknown"]

RASTER_SUFFIXES = frozenset(
    {".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".webp", ".gif", ".jp2", ".ppm", ".pgm"}
)
DICOM_SUFFIXES = frozenset({".dcm", ".dicom", ".ima"})
VOLUME_FORMATS = {
    ".nii": "NIfTI",
    ".nii.gz": "NIfTI",
    ".nrrd": "NRRD",
    ".nhdr": "NRRD",
    ".mha": "MetaImage",
    ".mhd": "MetaImage",
}
ARRAY_SUFFIXES = frozenset({".npy"})
IMAGE_SUFFIXES = RASTER_SUFFIXES | DICOM_SUFFIXES | frozenset(VOLUME_FORMATS) | ARRAY_SUFFIXES

STACK_BEGINNING = b"FPT Studio stack\n"
HEAD_BYTES = 512
"""Enough to tell every kind."""
_PREAMBLE_BYTES = 128
_RASTER_BEGINNINGS = (
    b"\x89PNG\r\n\x1a\n",
    b"\xff\xd8\xff",
    b"II*\x00",
    b"MM\x00*",
    b"II+\x00",
    b"MM\x00+",
    b"BM",
    b"GIF8",
    b"\x00\x00\x00\x0cjP  ",
    b"\xff\x4f\xff\x51",
    *(b"P%d%c" % (number, space) for number in range(1, 7) for space in b" \n\r\t"),
)
_VRS = frozenset(
    b"AE AS AT CS DA DS DT FD FL IS LO LT OB OD OF OL OV OW PN SH SL SQ SS ST SV TM UC UI UL UN UR"
    b" US UT UV".split()
)
_MAX_FIRST_VALUE_BYTES = 1024


def kind_of(head: bytes, name: str) -> Kind:
    """The kind of a file that begins with ``head``, of which ``HEAD_BYTES`` are enough."""
    if head[_PREAMBLE_BYTES : _PREAMBLE_BYTES + 4] == b"DICM":
        return "dicom"
    if head.startswith(_RASTER_BEGINNINGS) or (head[:4], head[8:12]) == (b"RIFF", b"WEBP"):
        return "raster"
    if head.startswith(b"\x93NUMPY"):
        return "array"
    if head.startswith(b"PK\x03\x04"):
        return "archive"
    if head.startswith(STACK_BEGINNING):
        return "stack"
    if head.startswith(b"NRRD") or volume_suffix(name):
        return "volume"
    if begins_with_element(head):
        return "dicom"
    return _kind_by_suffix(os.path.splitext(name)[1].lower())


def _kind_by_suffix(suffix: str) -> Kind:
    if suffix in DICOM_SUFFIXES:
        return "dicom"
    if suffix in ARRAY_SUFFIXES:
        return "array"
    return "raster" if suffix in RASTER_SUFFIXES else "unknown"


def has_image_suffix(name: str) -> bool:
    """Whether a file's name is that of an image."""
    return os.path.splitext(name)[1].lower() in IMAGE_SUFFIXES or bool(volume_suffix(name))


def volume_suffix(name: str) -> str:
    """The suffix of a volume's name; empty for other files."""
    lower = name.lower()
    return next((suffix for suffix in VOLUME_FORMATS if lower.endswith(suffix)), "")


def begins_with_element(head: bytes) -> bool:
    """Whether a file begins with an element of DICOM's groups 2 or 8, with no preamble before.

    Reference: DICOM PS3.5 section 7.1.
    """
    if len(head) < 8:
        return False
    orders: tuple[Literal["little", "big"], ...] = ("little", "big")
    for order in orders:
        group, element = (int.from_bytes(head[at : at + 2], order) for at in (0, 2))
        if group in (0x0002, 0x0008) and element <= 0x0070:
            length = int.from_bytes(head[4:8], order)
            return head[4:6] in _VRS or (length <= _MAX_FIRST_VALUE_BYTES and length % 2 == 0)
    return False
