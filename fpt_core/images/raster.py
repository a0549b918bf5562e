"""PNG, JPEG, TIFF, BMP, WebP, GIF, JPEG 2000 and PNM, by Pillow."""

from __future__ import annotations

from typing import BinaryIO

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from fpt_core.config import VolumeAxis
from fpt_core.errors import ImageError
from fpt_core.images.pixels import Pixels
from fpt_core.images.quiet import quiet
from fpt_core.images.reader import ImageReader
from fpt_core.images.refusal import check_size, in_words, too_large

_FORMATS = ("JPEG", "PNG", "TIFF", "BMP", "WEBP", "GIF", "JPEG2000", "PPM")
"""Those that medicine uses: Pillow's others are attack surface, and one of them runs programs."""
_DEEP_MODES = frozenset({"I", "F", "I;16", "I;16B", "I;16L", "I;16N"})
_ORIENTATION = 0x0112
_TURNED = frozenset({5, 6, 7, 8})
"""Orientations that swap width and height."""
_PHOTOMETRIC = 262


class RasterReader(ImageReader):
    """A raster image.

    Args:
        file: Its content, open while the reader is used.
        name: For messages.

    Raises:
        ImageError: If it is no image, or claims an absurd size.
    """

    def __init__(self, file: BinaryIO, name: str) -> None:
        super().__init__(name)
        with quiet, in_words(name):
            self._image = _opened(file, name)
        self.format = "JPEG" if self._image.format == "MPO" else self._image.format or ""
        self.compression = str(self._image.info.get("compression", "")).replace("raw", "")

    def _num_frames(self, volume_axis: VolumeAxis) -> int:
        # The other pictures in a camera's MPO file are previews of the first.
        return 1 if self._image.format == "MPO" else int(getattr(self._image, "n_frames", 1))

    def _read(self, frame: int, volume_axis: VolumeAxis) -> Pixels:
        """Grey images of more than eight bits keep their values; alpha is laid over black."""
        frames = self._num_frames(volume_axis)
        if frames > 1:
            self._image.seek(frame)
            check_size(self.name, *self._image.size)
        values = np.array(_plain(_upright(self._image)))
        return Pixels(values, inverted=self._white_is_zero(), frames=frames, name=self.name)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the first frame, upright."""
        width, height = self._image.size
        turned = self._image.getexif().get(_ORIENTATION, 1) in _TURNED
        return (height, width) if turned else (width, height)

    def thumbnail(self, size: int) -> Image.Image | None:
        """The first frame, upright, at most ``size`` on either side; JPEG decodes at that scale.

        ``None`` for values of more than eight bits, which need a window first.

        Raises:
            ImageError: If the file is truncated.
        """
        image = self._image
        if image.mode in _DEEP_MODES:
            return None
        with quiet, in_words(self.name):
            image.draft("RGB", (2 * size, 2 * size))
            image.thumbnail((size, size))
            return _plain(_upright(image)).convert("RGB")

    def _white_is_zero(self) -> bool:
        """TIFF's WhiteIsZero, which Pillow turns round itself up to eight bits alone."""
        tags = getattr(self._image, "tag_v2", {})
        return self._image.mode in _DEEP_MODES and tags.get(_PHOTOMETRIC) == 0


def _opened(file: BinaryIO, name: str) -> Image.Image:
    try:
        image = Image.open(file, formats=_FORMATS)
    except UnidentifiedImageError as error:
        raise ImageError(
            f"{name} is no image that can be read, or it is damaged at its beginning.",
            "Export it again as 8 or 16-bit PNG, JPEG, TIFF or DICOM.",
        ) from error
    except Image.DecompressionBombError as error:
        raise too_large(name, "a size of hundreds of millions of pixels") from error
    check_size(name, *image.size)
    return image


def _upright(image: Image.Image) -> Image.Image:
    """Turned as EXIF says."""
    if image.getexif().get(_ORIENTATION, 1) == 1:
        return image
    return ImageOps.exif_transpose(image)


def _plain(image: Image.Image) -> Image.Image:
    """Grey values as they are, everything else as RGB."""
    if image.mode == "L" or image.mode in _DEEP_MODES:
        return image
    if image.mode == "1":
        return image.convert("L")
    if image.mode in ("LA", "PA", "RGBA", "La", "RGBa") or "transparency" in image.info:
        coloured = image.convert("RGBA")
        black = Image.new("RGBA", coloured.size, (0, 0, 0, 255))
        return Image.alpha_composite(black, coloured).convert("RGB")
    return image.convert("RGB")
