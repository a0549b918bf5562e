"""Which of the unlabelled images are copies of labelled ones, so that they can be left out.

A student must not be measured on images that it was made with, even without their labels.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from fpt_core.dataset.audit.near_duplicates import RADIUS_BITS
from fpt_core.images.perceptual_hash import perceptual_hash

SUFFIXES = (".jpg", ".jpeg", ".png")


def images_below(folder: Path) -> list[Path]:
    """JPEG and PNG files below a folder, in order."""
    return sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)


def without_copies(photographs: Sequence[Path], labelled: Sequence[Path]) -> list[Path]:
    """The photographs that show none of the labelled images."""
    if not labelled:
        return list(photographs)
    known = np.stack([_bits(path) for path in labelled])
    return [path for path in photographs if _distance(_bits(path), known) > RADIUS_BITS]


def _distance(bits: NDArray[np.uint8], known: NDArray[np.uint8]) -> int:
    return int((bits != known).sum(1).min())


def _bits(path: Path) -> NDArray[np.uint8]:
    with Image.open(path) as picture:
        picture.draft("L", (512, 512))
        grey = np.asarray(ImageOps.exif_transpose(picture).convert("L"))
    code = np.frombuffer(bytes.fromhex(perceptual_hash(grey)), dtype=np.uint8)
    return np.unpackbits(code)
