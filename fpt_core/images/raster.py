"""PNG, JPEG, TIFF, BMP, WebP, GIF, JPEG 2000 and PNM, by Pillow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from fpt_core.config import VolumeAxis
from fpt_core.errors import ImageError
from fpt_core.images.jpeg_quality import jpeg_quality
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
_BITS, _PHOTOMETRIC, _PLANAR, _SAMPLE_FORMAT = 258, 262, 284, 339
"""Tags of TIFF."""
_UNSIGNED, _SIGNED = 1, 2


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
        self.compression = _compression(self._image)

    def _num_frames(self, volume_axis: VolumeAxis) -> int:
        # The other pictures in a camera's MPO file are previews of the first.
        return 1 if self._image.format == "MPO" else int(getattr(self._image, "n_frames", 1))

    def _read(self, frame: int, volume_axis: VolumeAxis) -> Pixels:
        """Grey images of more than eight bits keep their values; alpha is laid over black."""
        frames = self._num_frames(volume_axis)
        if frames > 1:
            self._image.seek(frame)
            check_size(self.name, *self._image.size)
        tags = getattr(self._image, "tag_v2", {})
        _check_planes(self.name, tags)
        values = _signed(np.array(_plain(_upright(self._image))), tags)
        # Pillow turns WhiteIsZero round itself up to eight bits alone.
        inverted = values.itemsize > 1 and tags.get(_PHOTOMETRIC) == 0
        return Pixels(values, inverted=inverted, frames=frames, name=self.name)

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

    def square(self, side: int) -> Image.Image | None:
        """The first frame in a square of ``side``, squeezed, upright, grey, RGB or YCbCr.

        For measuring: JPEG decodes at the smallest scale that suffices, and stays in its own
        colours. ``None`` for values of more than eight bits, which need a window first.

        Raises:
            ImageError: If the file is truncated.
        """
        image = self._image
        if image.mode in _DEEP_MODES:
            return None
        with quiet, in_words(self.name):
            # JFIF is YCbCr by definition; what other JPEG files are in, only the decoder knows.
            is_jfif = image.mode == "RGB" and "jfif" in image.info
            image.draft("YCbCr" if is_jfif else None, (side, side))
            plain = image if is_jfif else _plain(image)
            return _upright(plain.resize((side, side), Image.Resampling.BOX))


def _compression(image: Image.Image) -> str:
    tables = getattr(image, "quantization", None)
    if tables:
        return jpeg_quality(tables[min(tables)])
    return str(image.info.get("compression", "")).replace("raw", "")


def _opened(file: BinaryIO, name: str) -> Image.Image:
    try:
        image = Image.open(file, formats=_FORMATS)
    except UnidentifiedImageError as error:
        raise ImageError(
            f"{name} is damaged at its beginning, or is no image of a kind that is read.",
            "Export it again as 8 or 16-bit PNG, JPEG, TIFF or DICOM.",
        ) from error
    except Image.DecompressionBombError as error:
        raise too_large(name, "a size of hundreds of millions of pixels") from error
    check_size(name, *image.size)
    return image


def _check_planes(name: str, tags: Mapping[int, Any]) -> None:
    """Refuse deep colour in separate planes, which Pillow would read as noise."""
    if tags.get(_PLANAR, 1) == 2 and max(tags.get(_BITS, (8,))) > 8:
        raise ImageError(
            f"{name} keeps colour of more than 8 bits in separate planes, which is not read.",
            "Export it again with 8 bits per colour, or as PNG.",
        )


def _signed(values: NDArray[Any], tags: Mapping[int, Any]) -> NDArray[Any]:
    """Whole numbers with the sign that TIFF says: Pillow keeps 8 bits unsigned, 32 bits signed."""
    kind, bits = tags.get(_SAMPLE_FORMAT, (_UNSIGNED,))[0], tags.get(_BITS, (0,))[0]
    if kind == _UNSIGNED and bits == 32 and values.dtype == np.int32:
        return values.view(np.uint32)
    if kind == _SIGNED and bits == 8 and values.dtype == np.uint8:
        return values.view(np.int8)
    return values


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
