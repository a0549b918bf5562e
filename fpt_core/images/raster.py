"""PNG, JPEG, TIFF, BMP, WebP: whatever Pillow reads."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from fpt_core.errors import ImageError
from fpt_core.images.pixels import Pixels

RASTER_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".webp", ".jp2"})
_MAX_PIXELS = 400_000_000


def read_raster(path: Path, frame: int = 0) -> Pixels:
    """One frame of a raster image, upright.

    Grey images of more than eight bits keep their values; alpha is laid over black.

    Raises:
        ImageError: If the file is truncated, too large or no image.
    """
    with opened(path) as image:
        frames = int(getattr(image, "n_frames", 1))
        if not 0 <= frame < frames:
            raise ImageError(f"{path.name} has {frames} frames; there is no frame {frame}.")
        if frame:
            image.seek(frame)
        image.load()
        upright = ImageOps.exif_transpose(image)
        return Pixels(np.array(_plain(upright)), frames=frames)


def read_raster_thumbnail(path: Path, size: int) -> Image.Image:
    """The image, upright, no larger than ``size`` on either side; JPEG is decoded at that scale.

    Raises:
        ImageError: As for ``read_raster``.
    """
    with opened(path) as image:
        image.draft("RGB", (2 * size, 2 * size))
        image.thumbnail((size, size))
        upright = ImageOps.exif_transpose(image)
        if upright.mode.startswith(("I", "F")):
            raise ImageError(f"{path.name} has more than eight bits.")
        return upright.convert("RGB")


@contextmanager
def opened(path: Path) -> Iterator[Image.Image]:
    """The file opened by Pillow, its failures in words."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns of odd metadata that changes no pixel
            with Image.open(path) as image:
                width, height = image.size
                if width * height > _MAX_PIXELS:
                    raise ImageError(
                        f"{path.name} claims {width} x {height} pixels, more than the "
                        f"{_MAX_PIXELS // 1_000_000} million that are read.",
                        "Check the file; a real image of this size must be cut or reduced first.",
                    )
                yield image
    except ImageError:
        raise
    except FileNotFoundError as error:
        raise ImageError(
            f"There is no file {path.name} in {path.parent}.", "Check whether it was moved."
        ) from error
    except UnidentifiedImageError as error:
        raise ImageError(
            f"{path.name} is no image that can be read, or it is damaged at its beginning.",
            "Export it again as PNG, JPEG, TIFF or DICOM.",
        ) from error
    except Exception as error:  # decoders of damaged files raise anything
        raise ImageError(
            f"{path.name} is truncated or damaged.", "Copy or export it again."
        ) from error


def _plain(image: Image.Image) -> Image.Image:
    """Grey values as they are, everything else as RGB."""
    if image.mode in ("L", "I", "F", "I;16", "I;16B", "I;16L"):
        return image
    if image.mode == "1":
        return image.convert("L")
    if image.mode in ("LA", "PA", "RGBA", "La", "RGBa") or "transparency" in image.info:
        coloured = image.convert("RGBA")
        black = Image.new("RGBA", coloured.size, (0, 0, 0, 255))
        return Image.alpha_composite(black, coloured).convert("RGB")
    return image.convert("RGB")
