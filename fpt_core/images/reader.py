"""An image file that is open: its frames, and what it says of itself."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import replace

from fpt_core.config import VolumeAxis
from fpt_core.images.dicom_tags import DicomTags
from fpt_core.images.pixels import Pixels
from fpt_core.images.quiet import quiet
from fpt_core.images.refusal import check_frame, in_words


class ImageReader(ABC):
    """Reads the frames of one open file; ``open_image`` makes the right one.

    Args:
        name: The file's name, for messages.
    """

    format: str
    """JPEG, PNG, TIFF, DICOM, NIfTI and so on."""
    compression: str = ""
    """Such as JPEG Baseline or LZW; empty where there is none or the format says it already."""
    _frame = "frame"

    def __init__(self, name: str) -> None:
        self.name = name

    def num_frames(self, volume_axis: VolumeAxis = "axial") -> int:
        """How many frames, pages, rows or slices there are; pixels are not decoded.

        Raises:
            ImageError: If the file is damaged.
        """
        with quiet, in_words(self.name):
            return self._num_frames(volume_axis)

    def read(self, frame: int = 0, volume_axis: VolumeAxis = "axial") -> Pixels:
        """One frame in its own units.

        Raises:
            ImageError: If the file is damaged or has no such frame.
        """
        with quiet, in_words(self.name):
            check_frame(self.name, frame, self._num_frames(volume_axis), self._frame)
            pixels = self._read(frame, volume_axis)
            if pixels.values.dtype.isnative:
                return pixels
            native = pixels.values.dtype.newbyteorder("=")
            return replace(pixels, values=pixels.values.astype(native))

    def tags(self, keywords: Sequence[str] = ()) -> DicomTags | None:
        """What a DICOM header says, with the attributes in ``keywords``; ``None`` for others."""
        return None

    @abstractmethod
    def _num_frames(self, volume_axis: VolumeAxis) -> int: ...

    @abstractmethod
    def _read(self, frame: int, volume_axis: VolumeAxis) -> Pixels: ...
