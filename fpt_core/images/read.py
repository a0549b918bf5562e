"""Any file in, pixels out: one door for import, training, review and the Python twin."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fpt_core.config import PixelRecipe
from fpt_core.errors import ImageError
from fpt_core.images.dicom import is_dicom, read_dicom
from fpt_core.images.fundus import disc_box
from fpt_core.images.pixels import Box, Pixels, Window
from fpt_core.images.raster import RASTER_SUFFIXES, read_raster, read_raster_thumbnail
from fpt_core.images.refusal import check_is_file
from fpt_core.images.volume import VOLUME_SUFFIXES, is_volume, read_volume
from fpt_core.images.window import apply_window, robust_window

DICOM_SUFFIXES = frozenset({".dcm", ".dicom", ".ima"})
IMAGE_SUFFIXES = RASTER_SUFFIXES | DICOM_SUFFIXES | VOLUME_SUFFIXES


def is_image_file(path: Path) -> bool:
    """Whether the file looks like an image: by its name, or as DICOM by its first bytes."""
    if not path.is_file():
        return False
    return path.suffix.lower() in IMAGE_SUFFIXES or is_volume(path) or is_dicom(path)


def read_pixels(path: str | Path, frame: int = 0) -> Pixels:
    """One frame of a file in its own units, for viewing and measuring.

    Raises:
        ImageError: If there is no image in it.
    """
    path = Path(path)
    check_is_file(path)
    if is_dicom(path) or path.suffix.lower() in DICOM_SUFFIXES:
        return read_dicom(path, frame)
    if is_volume(path):
        return read_volume(path, frame)
    return read_raster(path, frame)


def apply_recipe(
    pixels: Pixels, recipe: PixelRecipe | None = None
) -> tuple[NDArray[np.uint8], Box]:
    """The picture that a model sees, and which part of the original it is.

    Shape:
        ``(H, W, 3)`` uint8, and the box in the original's pixels.

    Raises:
        ImageError: If there are no pixels.
    """
    if pixels.values.size == 0:
        raise ImageError("The image has no pixels.", "Export it again.")
    recipe = recipe or PixelRecipe()
    rgb = _to_rgb(pixels, recipe)
    box = (0, 0, rgb.shape[1], rgb.shape[0])
    if recipe.fundus_crop:
        box = disc_box(rgb)
        rgb = rgb[box[1] : box[3], box[0] : box[2]]
    return np.ascontiguousarray(rgb), box


def read_image(
    path: str | Path, recipe: PixelRecipe | None = None, frame: int = 0
) -> NDArray[np.uint8]:
    """The picture that a model sees of a file.

    Args:
        path: Raster image, DICOM file or volume.
        recipe: Window and cropping; ``None``: as the file itself asks.
        frame: Which frame of a multi-frame file.

    Shape:
        ``(H, W, 3)`` uint8, RGB.

    Raises:
        ImageError: If there is no image in it.
    """
    return apply_recipe(read_pixels(path, frame), recipe)[0]


def read_thumbnail(path: str | Path, size: int) -> NDArray[np.uint8]:
    """A small copy, no larger than ``size`` on either side.

    Shape:
        ``(h, w, 3)`` uint8, RGB.

    Raises:
        ImageError: If there is no image in it.
    """
    path = Path(path)
    check_is_file(path)
    picture = None
    if path.suffix.lower() in RASTER_SUFFIXES and not is_dicom(path):
        picture = read_raster_thumbnail(path, size)
    if picture is None:
        picture = Image.fromarray(read_image(path))
        picture.thumbnail((size, size))
    return np.array(picture)


def _to_rgb(pixels: Pixels, recipe: PixelRecipe) -> NDArray[np.uint8]:
    if pixels.is_colour:
        return pixels.values.astype(np.uint8, copy=False)
    if recipe.window_center is not None and recipe.window_width is not None:
        window = Window(recipe.window_center, recipe.window_width)
    else:
        window = pixels.window or robust_window(pixels.values)
    grey = apply_window(pixels.values, window, pixels.inverted)
    return np.repeat(grey[..., np.newaxis], 3, axis=2)
