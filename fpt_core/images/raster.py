"""PNG, JPEG, TIFF, BMP, WebP: whatever Pillow reads."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from fpt_core.errors import ImageError
from fpt_core.images.pixels import Pixels
from fpt_core.images.quiet import quiet
from fpt_core.images.refusal import check_size, too_large, unreadable

RASTER_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".webp", ".jp2"})
_DEEP_MODES = frozenset({"I", "F", "I;16", "I;16B", "I;16L", "I;16N"})


def read_raster(path: Path, frame: int = 0) -> Pixels:
    """One frame of a raster image, upright.

    Grey images of more than eight bits keep their values; alpha is laid over black.

    Raises:
        ImageError: If the file is truncated, too large or no image.
    """
    with _opened(path) as image:
        frames = int(getattr(image, "n_frames", 1))
        if not 0 <= frame < frames:
            raise ImageError(f"{path.name} has {frames} frames; there is no frame {frame}.")
        if frame:
            image.seek(frame)
            check_size(path, *image.size)
        return Pixels(np.array(_plain(ImageOps.exif_transpose(image))), frames=frames)


def read_raster_thumbnail(path: Path, size: int) -> Image.Image | None:
    """The image, upright, no larger than ``size`` on either side; JPEG is decoded at that scale.

    ``None`` for values of more than eight bits, which need a window first.

    Raises:
        ImageError: As for ``read_raster``.
    """
    with _opened(path) as image:
        if image.mode in _DEEP_MODES:
            return None
        image.draft("RGB", (2 * size, 2 * size))
        image.thumbnail((size, size))
        return _plain(ImageOps.exif_transpose(image)).convert("RGB")


@contextmanager
def _opened(path: Path) -> Iterator[Image.Image]:
    """The file opened by Pillow, its failures in words."""
    try:
        with quiet, Image.open(path) as image:
            check_size(path, *image.size)
            yield image
    except UnidentifiedImageError as error:
        raise ImageError(
            f"{path.name} is no image that can be read, or it is damaged at its beginning.",
            "Export it again as PNG, JPEG, TIFF or DICOM.",
        ) from error
    except Image.DecompressionBombError as error:
        raise too_large(path, "a size of hundreds of millions of pixels") from error
    except Exception as error:
        raise unreadable(path, error) from error


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
