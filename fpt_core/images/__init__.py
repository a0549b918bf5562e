"""Pixels in: raster images, DICOM, volumes and arrays, as their modality means them."""

from fpt_core.images.dicom_tags import DicomTags
from fpt_core.images.kind import IMAGE_SUFFIXES
from fpt_core.images.pixels import Box, Pixels, Window
from fpt_core.images.read import (
    is_dicom,
    is_image_file,
    num_frames,
    open_image,
    read_image,
    read_pixels,
    read_tags,
    read_thumbnail,
)
from fpt_core.images.reader import ImageReader
from fpt_core.images.recipe import Preview, apply_recipe, preview
from fpt_core.images.window import apply_window, robust_window

__all__ = [
    "IMAGE_SUFFIXES",
    "Box",
    "DicomTags",
    "ImageReader",
    "Pixels",
    "Preview",
    "Window",
    "apply_recipe",
    "apply_window",
    "is_dicom",
    "is_image_file",
    "num_frames",
    "open_image",
    "preview",
    "read_image",
    "read_pixels",
    "read_tags",
    "read_thumbnail",
    "robust_window",
]
