"""The perceptual hash: near for copies, far for other pictures."""

from __future__ import annotations

import io

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from fpt_core.images.perceptual_hash import HASH_BITS, perceptual_hash

Grey = NDArray[np.uint8]


def _picture(seed: int) -> Grey:
    """Clouds at many scales, as in tissue."""
    rng = np.random.default_rng(seed)
    clouds = np.zeros((200, 240), np.float32)
    for cells in (4, 10, 30, 90):
        noise = Image.fromarray(rng.normal(0, 1, (cells, cells)).astype(np.float32))
        clouds += np.asarray(noise.resize((240, 200), Image.Resampling.BICUBIC)) / cells**0.5
    low, high = np.min(clouds), np.max(clouds)
    return np.asarray(30 + 180 * (clouds - low) / (high - low), dtype=np.uint8)


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
    grey = _picture(1)
    assert _distance(perceptual_hash(grey), perceptual_hash(change(grey))) <= 12


def test_other_pictures_are_far() -> None:
    hashes = [perceptual_hash(_picture(seed)) for seed in range(8)]
    assert all(len(found) == HASH_BITS // 4 for found in hashes)
    assert min(_distance(one, other) for i, one in enumerate(hashes) for other in hashes[:i]) > 60


def test_a_blank_picture_has_a_hash_too() -> None:
    assert len(perceptual_hash(np.zeros((1, 7), np.uint8))) == HASH_BITS // 4
