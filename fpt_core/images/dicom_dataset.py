"""A DICOM file parsed: with or without preamble, deflated or not, within the memory there is."""

from __future__ import annotations

import zlib
from typing import BinaryIO

import pydicom
from pydicom import Dataset
from pydicom.errors import InvalidDicomError
from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)

from fpt_core.errors import ImageError
from fpt_core.images.kind import HEAD_BYTES, begins_with_element
from fpt_core.images.quiet import quiet
from fpt_core.images.refusal import in_words

_MAX_INFLATED_BYTES = 2**30
_CHUNK_BYTES = 2**20
_META_AT = 132
"""Where the file meta information begins, with its own length."""


def read_dataset(
    file: BinaryIO,
    name: str,
    *,
    stop_before_pixels: bool = False,
    keywords: list[str] | None = None,
) -> Dataset:
    """The data set of an open file, with or without its preamble and file meta information.

    Args:
        file: The content.
        name: For messages.
        stop_before_pixels: Read the header alone.
        keywords: The attributes to read; ``None``: all.

    Raises:
        ImageError: If it is no DICOM file, or would unpack to an absurd size.
    """
    with quiet, in_words(name):
        file.seek(0)
        head = file.read(HEAD_BYTES)
        _check_inflated(file, head, name)
        file.seek(0)
        try:
            dataset = pydicom.dcmread(
                file,
                force=begins_with_element(head),
                stop_before_pixels=stop_before_pixels,
                specific_tags=keywords,
            )
        except InvalidDicomError as error:
            raise ImageError(f"{name} is no DICOM file.", "Export it again.") from error
        if not isinstance(dataset.file_meta.get("TransferSyntaxUID"), UID):
            dataset.file_meta.TransferSyntaxUID = _syntax_as_parsed(dataset)
        return dataset


def _syntax_as_parsed(dataset: Dataset) -> UID:
    """The transfer syntax of a file that does not say it."""
    is_implicit, is_little = dataset.original_encoding
    if is_implicit:
        return ImplicitVRLittleEndian
    return ExplicitVRLittleEndian if is_little else ExplicitVRBigEndian


def _check_inflated(file: BinaryIO, head: bytes, name: str) -> None:
    """Refuse a deflated data set that would fill the memory."""
    if DeflatedExplicitVRLittleEndian.encode() not in head[_META_AT:]:
        return
    length = int.from_bytes(head[_META_AT + 8 : _META_AT + 12], "little")
    file.seek(_META_AT + 12 + length)
    inflater, total = zlib.decompressobj(-zlib.MAX_WBITS), 0
    data = file.read(_CHUNK_BYTES)
    while data:
        total += len(inflater.decompress(data, _CHUNK_BYTES))
        if total > _MAX_INFLATED_BYTES:
            raise ImageError(
                f"{name} would unpack to more than the {_MAX_INFLATED_BYTES // 2**30} GB that "
                "are read.",
                "Check the file, or export it again without compression.",
            )
        data = inflater.unconsumed_tail or file.read(_CHUNK_BYTES)


def can_be_sought(file: BinaryIO, header: Dataset) -> bool:
    """Whether pixels follow where the header ended, and pydicom can find them by itself."""
    is_at_pixels = bool(file.read(1))
    is_deflated = header.file_meta.TransferSyntaxUID == DeflatedExplicitVRLittleEndian
    return is_at_pixels and not is_deflated and header.preamble is not None
