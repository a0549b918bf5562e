"""Pixels in: raster images, DICOM and volumes, as their modality means them."""

from fpt_core.images.pixels import Box, Pixels, Window
from fpt_core.images.read import (
    IMAGE_SUFFIXES,
    apply_recipe,
    is_image_file,
    read_image,
    read_pixels,
    read_thumbnail,
)
from fpt_core.images.window import apply_window, robust_window

__all__ = [
    "IMAGE_SUFFIXES",
    "Box",
    "Pixels",
    "Window",
    "apply_recipe",
    "apply_window",
    "is_image_file",
    "read_image",
    "read_pixels",
    "read_thumbnail",
    "robust_window",
]
