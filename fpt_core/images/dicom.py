"""DICOM: pixels in rescaled units, with the display windows that the file asks for."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, BinaryIO

from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.encaps import get_frame
from pydicom.pixels.processing import apply_color_lut
from pydicom.pixels.utils import pixel_array

from fpt_core.config import VolumeAxis
from fpt_core.errors import ImageError
from fpt_core.images.codestream import check_codestream
from fpt_core.images.dicom_dataset import can_be_sought, read_dataset
from fpt_core.images.dicom_decoders import decoder_of
from fpt_core.images.dicom_header import dicom_tags, numbers, text
from fpt_core.images.dicom_tags import DicomTags
from fpt_core.images.dicom_values import (
    background,
    eight_bit,
    rescaled,
    spacing,
    table,
    unit,
    window_of_depth,
    windows,
)
from fpt_core.images.pixels import Pixels
from fpt_core.images.quiet import quiet
from fpt_core.images.reader import ImageReader
from fpt_core.images.refusal import check_size

_FRAME_GROUPS = ("PixelValueTransformationSequence", "FrameVOILUTSequence", "PixelMeasuresSequence")
_LARGE_BYTES = 16 * 2**20
"""Of larger files only the frame that is asked for is read."""
_PIXEL_HEADER_BYTES = 12
"""Of the element that holds compressed pixels: tag, VR and length."""
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
        self._dataset = read_dataset(file, name, stop_before_pixels=self._frame_by_frame)
        self._pixels_at = file.tell() + _PIXEL_HEADER_BYTES
        if self._frame_by_frame and not can_be_sought(file, self._dataset):
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
            spacing_mm=spacing(shown),
            name=self.name,
        )
        if dataset.PhotometricInterpretation == "PALETTE COLOR":
            coloured = apply_color_lut(stored, dataset)
            return replace(plain, values=eight_bit(coloured, 8 * coloured.dtype.itemsize))
        if stored.ndim == 3:
            return replace(plain, values=eight_bit(stored, int(dataset.BitsStored)))
        values = rescaled(stored, shown)
        return replace(
            plain,
            values=values,
            windows=windows(shown) or window_of_depth(stored, values, dataset),
            table=table(shown, values),
            inverted=dataset.PhotometricInterpretation == "MONOCHROME1",
            unit=unit(shown),
            background=background(stored, dataset),
        )

    def _stored(self, frame: int) -> NDArray[Any]:
        """The frame as stored, but colour as RGB."""
        syntax = self._dataset.file_meta.TransferSyntaxUID
        source = self._file if self._frame_by_frame else self._dataset
        try:
            decoder, plugin = decoder_of(syntax)
            if decoder.is_encapsulated:
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
