"""DICOM: pixels in rescaled units, with the display windows that the file asks for."""

from __future__ import annotations

import os
import zlib
from collections.abc import Sequence
from dataclasses import replace
from itertools import zip_longest
from typing import Any, BinaryIO

import numpy as np
import pydicom
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.encaps import get_frame
from pydicom.errors import InvalidDicomError
from pydicom.pixels.decoders.base import get_decoder
from pydicom.pixels.processing import apply_color_lut, apply_modality_lut
from pydicom.pixels.utils import pixel_array
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    RLELossless,
)

from fpt_core.config import VolumeAxis
from fpt_core.errors import ImageError
from fpt_core.images.codestream import check_codestream
from fpt_core.images.dicom_tags import DicomTags, dicom_tags, numbers, text
from fpt_core.images.kind import HEAD_BYTES, begins_with_element
from fpt_core.images.pixels import DisplayTable, Pixels, Window, WindowFunction
from fpt_core.images.quiet import quiet
from fpt_core.images.reader import ImageReader
from fpt_core.images.refusal import check_size, in_words

_FRAME_GROUPS = ("PixelValueTransformationSequence", "FrameVOILUTSequence", "PixelMeasuresSequence")
_UNITS = {"HU": "HU", "OD": "OD"}
_FUNCTIONS: tuple[WindowFunction, ...] = ("LINEAR", "LINEAR_EXACT", "SIGMOID")
_LARGE_BYTES = 16 * 2**20
"""Of larger files only the frame that is asked for is read."""
_MAX_INFLATED_BYTES = 2**30
_PIXEL_HEADER_BYTES = 12
"""Of the element that holds compressed pixels: tag, VR and length."""
_CHUNK_BYTES = 2**20
_LARGEST_SIGNED = 2**15 - 1
_TINY = 1e-6
_PIXEL_KEYWORDS = ("PixelData", "FloatPixelData", "DoubleFloatPixelData")


class DicomReader(ImageReader):
    """A DICOM file.

    Args:
        file: Its content, open while the reader is used.
        name: For messages.

    Raises:
        ImageError: If it is no DICOM file.
    """

    format = "DICOM"

    def __init__(self, file: BinaryIO, name: str) -> None:
        super().__init__(name)
        self._file = file
        self._frame_by_frame = file.seek(0, os.SEEK_END) > _LARGE_BYTES
        with quiet, in_words(name):
            self._dataset = read_dataset(file, name, stop_before_pixels=self._frame_by_frame)
            self._pixels_at = file.tell() + _PIXEL_HEADER_BYTES
            if self._frame_by_frame and not _can_be_sought(file, self._dataset):
                self._frame_by_frame = False
                self._dataset = read_dataset(file, name)
        self.compression = str(self._dataset.file_meta.TransferSyntaxUID.name)

    def tags(self, keywords: Sequence[str] = ()) -> DicomTags:
        """What the header says."""
        with quiet:
            return dicom_tags(self._dataset, keywords)

    def _num_frames(self, volume_axis: VolumeAxis) -> int:
        dataset = self._dataset
        has_pixels = self._frame_by_frame or any(name in dataset for name in _PIXEL_KEYWORDS)
        if "DirectoryRecordSequence" in dataset:
            raise ImageError(
                f"{self.name} is the table of contents of a disc, not an image.",
                "Import the folder that it lies in.",
            )
        if not has_pixels or "Rows" not in dataset:
            raise ImageError(
                f"{self.name} holds no pixels (modality {text(dataset, 'Modality') or 'unknown'}).",
                "Choose the image itself, not a report, plan or key note.",
            )
        check_size(self.name, int(dataset.Columns), int(dataset.Rows))
        return int((numbers(dataset, "NumberOfFrames") or (1,))[0]) or 1

    def _read(self, frame: int, volume_axis: VolumeAxis) -> Pixels:
        dataset = self._dataset
        stored = self._stored(frame)
        shown = _with_frame_groups(dataset, frame)
        plain = Pixels(
            stored,
            frames=self._num_frames(volume_axis),
            spacing_mm=_spacing(shown),
            name=self.name,
        )
        if dataset.PhotometricInterpretation == "PALETTE COLOR":
            coloured = apply_color_lut(stored, dataset)
            return replace(plain, values=_eight_bit(coloured, 8 * coloured.dtype.itemsize))
        if stored.ndim == 3:
            return replace(plain, values=_eight_bit(stored, int(dataset.BitsStored)))
        values = _rescaled(stored, shown)
        return replace(
            plain,
            values=values,
            windows=_windows(shown) or _window_of_depth(stored, values, dataset),
            table=_table(shown, values),
            inverted=dataset.PhotometricInterpretation == "MONOCHROME1",
            unit=_unit(shown),
            background=_background(stored, dataset),
        )

    def _stored(self, frame: int) -> NDArray[Any]:
        """The frame as stored, but colour as RGB."""
        syntax = self._dataset.file_meta.TransferSyntaxUID
        # The compiled RLE decoder panics on damaged data, which is no exception one can catch.
        plugin = "pydicom" if syntax == RLELossless else ""
        source = self._file if self._frame_by_frame else self._dataset
        try:
            if get_decoder(syntax).is_encapsulated:
                self._check_codestream(frame)
            self._file.seek(0)
            return pixel_array(source, index=frame, decoding_plugin=plugin)
        except NotImplementedError as error:
            raise ImageError(
                f"{self.name} is compressed as {syntax.name}, which cannot be decoded here.",
                "Export it again without compression or as JPEG 2000.",
            ) from error

    def _check_codestream(self, frame: int) -> None:
        dataset = self._dataset
        self._file.seek(self._pixels_at)
        source = self._file if self._frame_by_frame else dataset.PixelData
        stream = get_frame(source, frame, number_of_frames=self._num_frames("axial"))
        check_codestream(stream, self.name, int(dataset.Rows), int(dataset.Columns))


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
    if "TransferSyntaxUID" not in dataset.file_meta:
        is_implicit, is_little = dataset.original_encoding
        explicit = ExplicitVRLittleEndian if is_little else ExplicitVRBigEndian
        dataset.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian if is_implicit else explicit
    return dataset


def _check_inflated(file: BinaryIO, head: bytes, name: str) -> None:
    """Refuse a deflated data set that would fill the memory."""
    meta = head[132:]
    if DeflatedExplicitVRLittleEndian.encode() + b"\0" not in meta.replace(b" ", b"\0") + b"\0":
        return
    file.seek(144 + int.from_bytes(meta[8:12], "little"))
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


def _can_be_sought(file: BinaryIO, header: Dataset) -> bool:
    """Whether pixels follow where the header ended, and pydicom can find them by itself."""
    is_at_pixels = bool(file.read(1))
    is_deflated = header.file_meta.TransferSyntaxUID == DeflatedExplicitVRLittleEndian
    return is_at_pixels and not is_deflated and header.preamble is not None


def _with_frame_groups(dataset: Dataset, frame: int) -> Dataset:
    """Enhanced objects keep rescaling, window and spacing per frame: lift them to the top.

    Reference: DICOM PS3.3 C.7.6.16.
    """
    shared = list(dataset.get("SharedFunctionalGroupsSequence", None) or [])[:1]
    own = list(dataset.get("PerFrameFunctionalGroupsSequence", None) or [])[frame : frame + 1]
    if not shared and not own:
        return dataset
    lifted = Dataset()
    lifted.update(dataset)
    for groups in (*shared, *own):
        for name in _FRAME_GROUPS:
            for item in list(groups.get(name, None) or [])[:1]:
                lifted.update(item)
    return lifted


def _rescaled(stored: NDArray[Any], dataset: Dataset) -> NDArray[Any]:
    if dataset.get("ModalityLUTSequence"):
        return apply_modality_lut(stored, dataset)
    slope, intercept = (
        (numbers(dataset, keyword) or (default,))[0]
        for keyword, default in (("RescaleSlope", 1.0), ("RescaleIntercept", 0.0))
    )
    if (slope, intercept) == (1, 0):
        return stored
    return (stored.astype(np.float64) * slope + intercept).astype(np.float32)


def _unit(dataset: Dataset) -> str:
    if text(dataset, "Modality") == "CT":
        return "HU"
    return _UNITS.get(text(dataset, "RescaleType"), "")


def _eight_bit(rgb: NDArray[Any], bits: int) -> NDArray[np.uint8]:
    """Colour of ``bits`` bits in eight."""
    if rgb.dtype == np.uint8 and bits >= 8:
        return rgb
    scaled: NDArray[Any] = np.clip(rgb / (2**bits - 1), 0, 1) * 255 + 0.5
    return scaled.astype(np.uint8)


def _windows(dataset: Dataset) -> tuple[Window, ...]:
    """All windows that can be used, in the file's order."""
    centers, widths = numbers(dataset, "WindowCenter"), numbers(dataset, "WindowWidth")
    names = text(dataset, "WindowCenterWidthExplanation").split("\\")
    asked = text(dataset, "VOILUTFunction")
    function: WindowFunction = next((known for known in _FUNCTIONS if known == asked), "LINEAR")
    least = 1 if function == "LINEAR" else 0
    return tuple(
        Window(center, width, name.strip(), function)
        for center, width, name in zip_longest(centers, widths, names[: len(centers)], fillvalue="")
        if isinstance(center, float) and isinstance(width, float) and width >= max(least, _TINY)
    )


def _window_of_depth(
    stored: NDArray[Any], values: NDArray[Any], dataset: Dataset
) -> tuple[Window, ...]:
    """Fewer than eight bits fill the range of grey, as eight do."""
    bits = int(dataset.get("BitsStored", 8) or 8)
    if values is not stored or stored.dtype != np.uint8 or bits >= 8:
        return ()
    return (Window(2.0 ** (bits - 1), 2.0**bits),)


def _table(dataset: Dataset, values: NDArray[Any]) -> DisplayTable | None:
    """The first VOI LUT; its brightest entry is white, whatever depth it claims."""
    items = list(dataset.get("VOILUTSequence", None) or [])[:1]
    if not items or len(items[0].LUTDescriptor) != 3:
        return None
    count, first, _ = (int(number) for number in items[0].LUTDescriptor)
    data = items[0].LUTData
    if isinstance(data, bytes):
        entries = np.frombuffer(data, "<u1" if len(data) == count else "<u2")
    else:
        entries = np.atleast_1d(np.asarray(data))
    if first > _LARGEST_SIGNED and values.min() < 0:
        first -= 2**16  # written as unsigned
    return DisplayTable(first, _eight_bit(entries / max(int(entries.max()), 1), 1))


def _background(stored: NDArray[Any], dataset: Dataset) -> NDArray[np.bool_] | None:
    """Where the scanner filled up the rectangle. Reference: DICOM PS3.3 C.7.5.1.1.2."""
    padding = numbers(dataset, "PixelPaddingValue")
    if not padding:
        return None
    limit = (numbers(dataset, "PixelPaddingRangeLimit") or padding)[0]
    low, high = sorted((padding[0], limit))
    if stored.dtype.kind == "u" and low < 0:
        low, high = low + 2**16, high + 2**16  # written as signed
    found = (stored >= low) & (stored <= high)
    return found if found.any() else None


def _spacing(dataset: Dataset) -> tuple[float, float] | None:
    for name in ("PixelSpacing", "ImagerPixelSpacing"):
        spacing = numbers(dataset, name)
        if len(spacing) == 2 and min(spacing) > 0:
            return spacing[0], spacing[1]
    return None
