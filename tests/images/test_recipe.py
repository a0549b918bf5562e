from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from fpt_core.config import CT_WINDOWS, PixelRecipe, WindowChoice, parse_windows
from fpt_core.errors import ImageError
from fpt_core.images import (
    Pixels,
    Window,
    apply_recipe,
    apply_window,
    preview,
    read_image,
    read_pixels,
    read_thumbnail,
    robust_window,
)
from fpt_core.images.pixels import DisplayTable
from tests.images.dicom_files import GREY, write_dicom

HU = np.linspace(-1000, 1000, 400, dtype=np.float32).reshape(20, 20)
CT = Pixels(
    HU, (Window(40, 400, "MEDIASTINUM"), Window(300, 1500, "Bone")), unit="HU", name="a.dcm"
)


def _grey(pixels: Pixels, *windows: str) -> np.ndarray:
    return apply_recipe(pixels, PixelRecipe(parse_windows(windows)))[0]


@pytest.mark.parametrize("name", sorted(CT_WINDOWS))
def test_a_preset_spans_its_units(name: str) -> None:
    window = CT_WINDOWS[name]
    assert window.center is not None
    assert window.width is not None
    grey = _grey(CT, name)[..., 0]
    assert (grey[window.center - window.width / 2 > HU] == 0).all()
    assert (grey[window.center + window.width / 2 < HU] == 255).all()
    middle = np.abs(HU - window.center).argmin()
    assert abs(int(grey.flat[middle]) - 128) <= 255 * 6 / window.width + 1


def test_three_windows_are_three_channels() -> None:
    names = ("lung", "soft-tissue", "file:bone")
    rgb = _grey(CT, *names)
    for channel, name in enumerate(names):
        assert np.array_equal(rgb[..., channel], _grey(CT, name)[..., 0])
    assert not np.array_equal(rgb[..., 0], rgb[..., 1])


def test_the_files_first_window_is_used_where_none_is_asked_for() -> None:
    assert np.array_equal(_grey(CT)[..., 0], apply_window(HU, Window(40, 400)))


def test_a_window_is_found_by_the_files_name_of_it() -> None:
    assert np.array_equal(_grey(CT, "file:BONE")[..., 0], apply_window(HU, Window(300, 1500)))
    with pytest.raises(ImageError, match=r"a\.dcm names no .* 'lung'; it names MEDIASTINUM, Bone"):
        _grey(CT, "file:lung")
    with pytest.raises(ImageError, match="it names none"):
        _grey(dataclasses.replace(CT, windows=(Window(40, 400),)), "file:lung")


def test_a_table_of_the_file_is_used_where_it_names_no_window() -> None:
    levels = np.linspace(255, 0, 2001).astype(np.uint8)
    pixels = Pixels(HU, table=DisplayTable(-1000, levels))
    shown = _grey(pixels)[..., 0].ravel().astype(int)
    assert (shown[0], shown[-1]) == (255, 0)
    assert (np.diff(shown) <= 0).all()
    assert np.array_equal(_grey(pixels, "lung"), _grey(CT, "lung"))
    both = dataclasses.replace(pixels, windows=CT.windows)
    assert np.array_equal(_grey(both), _grey(CT))


def test_a_robust_window_is_used_where_nothing_is_said() -> None:
    bare = Pixels(HU)
    assert np.array_equal(_grey(bare)[..., 0], apply_window(HU, robust_window(HU)))


def test_the_background_is_black_whatever_the_window() -> None:
    padded = HU.copy()
    padded[:5] = -2000
    for inverted in (False, True):
        pixels = Pixels(padded, inverted=inverted, background=padded == -2000)
        for windows in ((), ("lung",), ("lung", "brain", "bone")):
            rgb = _grey(pixels, *windows)
            assert (rgb[:5] == 0).all()
            assert rgb[5:].max() > 100
    plain = _grey(Pixels(HU[5:]))
    assert np.array_equal(_grey(Pixels(padded, background=padded == -2000))[5:], plain)


def test_a_window_below_one_is_exact() -> None:
    small = Pixels(np.linspace(0, 1, 100, dtype=np.float32).reshape(10, 10))
    grey = apply_recipe(small, PixelRecipe((WindowChoice(0.5, 0.5),)))[0][..., 0]
    assert (grey[small.values < 0.25] == 0).all()
    assert (grey[small.values > 0.75] == 255).all()
    assert 100 < grey[5, 0] < 156


def test_colour_has_no_windows() -> None:
    rgb = np.random.default_rng(0).integers(0, 256, (4, 5, 3), dtype=np.uint8)
    assert np.array_equal(_grey(Pixels(rgb), "lung", "brain", "bone"), rgb)


def test_before_and_after_share_the_originals_pixels() -> None:
    y, x = np.mgrid[:60, :100]
    disc = (np.hypot(x - 50, y - 30) < 25)[..., None] * np.uint8([180, 90, 40])
    shown = preview(Pixels(disc), PixelRecipe(fundus_crop=True))
    assert np.array_equal(shown.before, disc)
    left, top, right, bottom = shown.box
    assert np.array_equal(shown.after, disc[top:bottom, left:right])
    assert (left, top, right, bottom) == (26, 6, 75, 55)


def test_thumbnails_follow_the_recipe(tmp_path: Path) -> None:
    path = write_dicom(tmp_path / "a.dcm", GREY)
    recipe = PixelRecipe((WindowChoice(100, 10),))
    assert np.array_equal(read_thumbnail(path, 8, recipe=recipe), read_image(path, recipe))
    assert set(np.unique(read_thumbnail(path, 8, recipe=recipe))) <= {0, 142, 255}


def test_a_file_of_the_recipe_is_named_in_its_refusal(tmp_path: Path) -> None:
    path = write_dicom(tmp_path / "named.dcm", GREY)
    with pytest.raises(ImageError, match=r"named\.dcm names no display window 'x'"):
        read_image(path, PixelRecipe((WindowChoice(name="x"),)))
    assert read_pixels(path).name == "named.dcm"


def test_a_thinned_image_keeps_its_background() -> None:
    padded = HU.copy()
    padded[:4] = -2000
    pixels = Pixels(padded, CT.windows, background=padded == -2000)
    thin = apply_recipe(pixels.thinned(3))[0]
    assert np.array_equal(thin, _grey(pixels)[::3, ::3])
    assert pixels.thinned(1).background is not None
