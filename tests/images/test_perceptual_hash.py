"""The perceptual hash: near for copies, far for other pictures."""

from __future__ import annotations

import io

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from fpt_core.images.perceptual_hash import HASH_BITS, perceptual_hash
from tests.pictures import clouds

Grey = NDArray[np.uint8]


def _recompressed(grey: Grey) -> Grey:
    file = io.BytesIO()
    Image.fromarray(grey).save(file, "JPEG", quality=40)
    return np.asarray(Image.open(file))


def _distance(one: str, other: str) -> int:
    return (int(one, 16) ^ int(other, 16)).bit_count()


@pytest.mark.parametrize(
    "change",
    [
        _recompressed,
        lambda grey: np.asarray(Image.fromarray(grey).resize((120, 100))),
        lambda grey: np.asarray(grey * 0.8 + 30, dtype=np.uint8),
    ],
    ids=["recompressed", "resized", "brightened"],
)
def test_a_changed_copy_stays_near(change) -> None:  # type: ignore[no-untyped-def]
    grey = clouds(1)
    assert _distance(perceptual_hash(grey), perceptual_hash(change(grey))) <= 12


def test_other_pictures_are_far() -> None:
    hashes = [perceptual_hash(clouds(seed)) for seed in range(8)]
    assert all(len(found) == HASH_BITS // 4 for found in hashes)
    assert min(_distance(one, other) for i, one in enumerate(hashes) for other in hashes[:i]) > 60


def test_a_blank_picture_has_a_hash_too() -> None:
    assert len(perceptual_hash(np.zeros((1, 7), np.uint8))) == HASH_BITS // 4
