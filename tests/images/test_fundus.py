from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from fpt_core.config import PixelRecipe
from fpt_core.images import apply_recipe, read_image, read_pixels
from fpt_core.images.fundus import disc_box


def _photograph() -> np.ndarray:
    rows, columns = np.mgrid[:200, :300]
    disc = (rows - 100) ** 2 + (columns - 160) ** 2 <= 80**2
    noise = np.random.default_rng(0).integers(0, 12, (200, 300, 3), dtype=np.uint8)
    return np.where(disc[..., None], np.uint8([180, 90, 40]), noise)


def test_finds_the_disc_in_a_noisy_border() -> None:
    left, top, right, bottom = disc_box(_photograph())
    assert np.abs(np.array([left, top, right, bottom]) - (80, 20, 241, 181)).max() <= 2


def test_stray_bright_pixels_do_not_count() -> None:
    rgb = _photograph()
    rgb[5, 5] = 255
    assert disc_box(rgb)[:2] != (5, 5)


def test_an_image_without_disc_is_kept_whole() -> None:
    assert disc_box(np.zeros((20, 30, 3), np.uint8)) == (0, 0, 30, 20)
    assert disc_box(np.full((20, 30, 3), 99, np.uint8)) == (0, 0, 30, 20)


def test_the_recipe_crops_and_tells_where(tmp_path: Path) -> None:
    Image.fromarray(_photograph()).save(tmp_path / "a.png")
    recipe = PixelRecipe(fundus_crop=True)
    rgb, box = apply_recipe(read_pixels(tmp_path / "a.png"), recipe)
    left, top, right, bottom = box
    assert rgb.shape == (bottom - top, right - left, 3)
    assert np.array_equal(rgb, _photograph()[top:bottom, left:right])
    assert np.array_equal(read_image(tmp_path / "a.png", recipe), rgb)
