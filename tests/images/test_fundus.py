from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fpt_core.config import PixelRecipe
from fpt_core.images import Pixels, apply_recipe, read_image, read_pixels, read_thumbnail
from fpt_core.images.fundus import disc_box, evened


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


def _uneven(strength: float) -> np.ndarray:
    """A disc with a dark vessel, lit from one side as strongly as ``strength`` says."""
    rows, columns = np.mgrid[:300, :400]
    disc = np.hypot(rows - 150, columns - 200) <= 140
    light = 1 - strength * (columns - 60) / 280
    vessel = np.abs(rows - 150) <= 1
    colour = np.uint8([200, 120, 60]) * np.where(vessel, 0.8, 1.0)[..., None] * light[..., None]
    return np.where(disc[..., None], colour, 0).astype(np.uint8)


def test_uneven_light_is_evened_out() -> None:
    dim, even = (evened(_uneven(strength)).astype(int) for strength in (0.6, 0.0))
    left, right = (slice(40, 120), slice(100, 150)), (slice(40, 120), slice(250, 300))
    raw = _uneven(0.6).astype(int)
    assert raw[left].mean() - raw[right].mean() > 30
    assert abs(dim[left].mean() - dim[right].mean()) < 2
    assert abs(dim[left].mean() - 128) < 4
    assert dim[150, 150].mean() < dim[130, 150].mean() - 20  # the vessel stands out
    assert np.abs(dim - even)[(slice(60, 240), slice(120, 280))].mean() < 12


def test_the_border_is_grey_and_the_discs_edge_is_kept() -> None:
    shown = evened(_uneven(0.3))
    assert (shown[:5, :5] == 128).all()
    rows, columns = np.mgrid[:300, :400]
    edge = (np.hypot(rows - 150, columns - 200) < 137) & (np.abs(rows - 150) > 20)
    assert np.abs(shown[edge].astype(int) - 128).max() < 40  # no bright or dark ring


@pytest.mark.parametrize("shape", [(1, 1, 3), (2, 50, 3), (30, 20, 3)])
@pytest.mark.parametrize("value", [0, 99, 255])
def test_an_even_image_becomes_grey(value: int, shape: tuple[int, ...]) -> None:
    assert (evened(np.full(shape, value, np.uint8)) == 128).all()


def test_contrast_and_crop_go_together() -> None:
    pixels = Pixels(_uneven(0.5))
    whole, _ = apply_recipe(pixels, PixelRecipe(fundus_contrast=True))
    cropped, box = apply_recipe(pixels, PixelRecipe(fundus_contrast=True, fundus_crop=True))
    assert np.array_equal(cropped, whole[box[1] : box[3], box[0] : box[2]])
    assert box == disc_box(_uneven(0.5))


def test_a_thumbnail_looks_like_what_a_model_sees(tmp_path: Path) -> None:
    large = np.asarray(Image.fromarray(_uneven(0.5)).resize((1600, 1200)))
    Image.fromarray(large).save(tmp_path / "a.jpg", quality=95)
    recipe = PixelRecipe(fundus_crop=True, fundus_contrast=True)
    small = read_thumbnail(tmp_path / "a.jpg", 100, recipe=recipe).astype(int)
    seen = Image.fromarray(read_image(tmp_path / "a.jpg", recipe))
    seen.thumbnail((100, 100))
    assert small.shape == np.asarray(seen).shape
    assert np.abs(small - np.asarray(seen)).mean() < 4


def test_a_photograph_that_lies_on_its_side_is_cropped_upright(tmp_path: Path) -> None:
    upright = Image.fromarray(_uneven(0.5)[:, :340])
    exif = Image.Exif()
    exif[0x0112] = 6
    upright.transpose(Image.Transpose.ROTATE_90).save(tmp_path / "a.png", exif=exif)
    recipe = PixelRecipe(fundus_crop=True)
    rgb, box = apply_recipe(read_pixels(tmp_path / "a.png"), recipe)
    assert np.array_equal(rgb, apply_recipe(Pixels(np.asarray(upright)), recipe)[0])
    assert box == disc_box(np.asarray(upright))


def test_real_photographs_are_cropped_to_their_discs(shared_data: Path) -> None:
    recipe = PixelRecipe(fundus_crop=True, fundus_contrast=True)
    for path in sorted((shared_data / "fundus_dr" / "images").iterdir())[:1]:
        reduced = Pixels(read_pixels(path).values[::4, ::4])
        rgb, (left, top, right, bottom) = apply_recipe(reduced, recipe)
        assert 1.0 < (right - left) / (bottom - top) < 1.3  # the disc is cut above and below
        assert abs(rgb.mean() - 128) < 6
        assert rgb.std() > 8
