"""Any file in, pixels out: one door for import, training, review and the Python twin.

A path may lead through an archive; see ``fpt_core.images.archive``. pydicom is imported where
the first DICOM file is met: it takes as long as all else that a window needs to start.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fpt_core.config import PixelRecipe, VolumeAxis
from fpt_core.errors import ImageError
from fpt_core.images import archive
from fpt_core.images.array import ArrayReader
from fpt_core.images.dicom_tags import TAG_KEYWORDS, DicomTags
from fpt_core.images.kind import HEAD_BYTES, has_image_suffix, kind_of
from fpt_core.images.pixels import Pixels
from fpt_core.images.quiet import quiet
from fpt_core.images.raster import RasterReader
from fpt_core.images.reader import ImageReader
from fpt_core.images.recipe import apply_recipe
from fpt_core.images.source import head_of, opened
from fpt_core.images.stack import StackReader
from fpt_core.images.volume import VolumeReader

_FUNDUS_DETAIL = 4
"""A fundus photograph is evened and cropped at this many times its thumbnail's size."""


@contextmanager
def open_image(path: str | Path) -> Iterator[ImageReader]:
    """An image file, opened once for its frames and its header.

    Raises:
        ImageError: If there is no image in it.
    """
    path = Path(path)
    if _is_in_npz(path):
        yield ArrayReader(path)
        return
    with opened(path) as file:
        yield image_in(file, path)


def image_in(file: BinaryIO, path: Path) -> ImageReader:
    """The image in a file that is open already.

    Args:
        file: The content of ``path``, open while the reader is used.
        path: Where it lies.

    Raises:
        ImageError: If there is no image in it.
    """
    file.seek(0)
    kind = kind_of(file.read(HEAD_BYTES), path.name)
    file.seek(0)
    if kind == "archive":
        raise ImageError(
            f"{path.name} is an archive, not an image.", "Choose a file in it, or import it."
        )
    if kind == "dicom":
        from fpt_core.images.dicom import DicomReader

        return DicomReader(file, path.name)
    if kind == "volume":
        return VolumeReader(path, file)
    if kind == "stack":
        return StackReader(file, path.name, open_image)
    if kind == "array" or _is_in_npz(path):
        return ArrayReader(path)
    return RasterReader(file, path.name)


def _is_in_npz(path: Path) -> bool:
    parts = archive.split(path)
    return parts is not None and parts[0].suffix.lower() == ".npz"


def is_image_file(path: Path) -> bool:
    """Whether the file looks like an image: by its name, or by its first bytes."""
    if has_image_suffix(path.name):
        return path.is_file() or archive.has_member(path)
    return _kind(path) not in ("unknown", "archive")


def is_dicom(path: Path) -> bool:
    """Whether the file is DICOM, whatever its name."""
    return _kind(path) == "dicom"


def _kind(path: Path) -> str:
    if _is_in_npz(path):
        return "array" if archive.has_member(path) else "unknown"
    try:
        return kind_of(head_of(path), path.name)
    except ImageError:
        return "unknown"


def read_pixels(path: str | Path, frame: int = 0, volume_axis: VolumeAxis = "axial") -> Pixels:
    """One frame of a file in its own units, for viewing and measuring.

    Raises:
        ImageError: If there is no image in it.
    """
    with open_image(path) as image:
        return image.read(frame, volume_axis)


def num_frames(path: str | Path, volume_axis: VolumeAxis = "axial") -> int:
    """How many frames, pages, rows or slices a file has; pixels are not decoded.

    Raises:
        ImageError: If there is no image in it.
    """
    with open_image(path) as image:
        return image.num_frames(volume_axis)


def read_tags(path: str | Path, keywords: Sequence[str] = ()) -> DicomTags | None:
    """What a DICOM file's header says, with the attributes in ``keywords``; pixels are not read.

    ``None`` for files of other kinds; of a stack it is the first slice's.

    Raises:
        ImageError: If the file cannot be read.
    """
    path = Path(path)
    with opened(path) as file:
        kind = kind_of(file.read(HEAD_BYTES), path.name)
        if kind == "stack":
            return StackReader(file, path.name, open_image).tags(keywords)
        if kind != "dicom":
            return None
        from fpt_core.images.dicom_dataset import read_dataset
        from fpt_core.images.dicom_header import dicom_tags

        wanted = [*TAG_KEYWORDS, *keywords]
        dataset = read_dataset(file, path.name, stop_before_pixels=True, keywords=wanted)
        with quiet:
            return dicom_tags(dataset, keywords)


def read_image(
    path: str | Path, recipe: PixelRecipe | None = None, frame: int = 0
) -> NDArray[np.uint8]:
    """The picture that a model sees of a file.

    Args:
        path: Raster image, DICOM file or volume.
        recipe: Windows and cropping; ``None``: as the file itself asks.
        frame: Which frame of a multi-frame file, or slice of a volume.

    Shape:
        ``(H, W, 3)`` uint8, RGB.

    Raises:
        ImageError: If there is no image in it.
    """
    recipe = recipe or PixelRecipe()
    return apply_recipe(read_pixels(path, frame, recipe.volume_axis), recipe)[0]


def read_thumbnail(
    path: str | Path, size: int, frame: int = 0, recipe: PixelRecipe | None = None
) -> NDArray[np.uint8]:
    """A small copy of what a model sees, no larger than ``size`` on either side.

    Shape:
        ``(h, w, 3)`` uint8, RGB.

    Raises:
        ImageError: If there is no image in it.
    """
    recipe = recipe or PixelRecipe()
    with open_image(path) as image:
        pixels = None
        if isinstance(image, RasterReader) and frame == 0 and not recipe.windows:
            pixels = _reduced(image, size, recipe)
        if pixels is None:
            pixels = image.read(frame, recipe.volume_axis)
    picture = Image.fromarray(apply_recipe(pixels, recipe)[0])
    picture.thumbnail((size, size))
    return np.array(picture)


def _reduced(image: RasterReader, size: int, recipe: PixelRecipe) -> Pixels | None:
    """As much of a picture as a thumbnail needs; the light of a fundus wants some detail."""
    is_fundus = recipe.fundus_crop or recipe.fundus_contrast
    picture = image.thumbnail(_FUNDUS_DETAIL * size if is_fundus else size)
    return None if picture is None else Pixels(np.asarray(picture), name=image.name)
