from __future__ import annotations

import numpy as np
import pytest

from app.viewer.picture_levels import PictureLevels
from fpt_core.images import Pixels, Window, apply_window
from fpt_core.images.pixels import DisplayTable

RNG = np.random.default_rng(0)


def whole(picture: PictureLevels, window: Window | None, inverted: bool = False) -> np.ndarray:
    width, height = picture.size
    greys = picture.greys(window, inverted)
    return picture.shown(0, (0, 0, width, height), greys, inverted)


@pytest.mark.parametrize(
    "values",
    [
        RNG.integers(0, 256, (40, 30), np.uint8),
        RNG.integers(-1024, 3000, (40, 30)).astype(np.int16),
        RNG.integers(0, 65000, (40, 30)).astype(np.uint16),
        RNG.integers(-1024, 3000, (40, 30)).astype(np.float32),
        np.full((4, 5), 7, np.uint16),
    ],
    ids=["8 bit", "CT", "16 bit", "whole floats", "constant"],
)
@pytest.mark.parametrize("inverted", [False, True])
def test_codes_show_what_the_window_says_of_the_values(values: np.ndarray, inverted: bool) -> None:
    picture = PictureLevels.of(Pixels(values))
    window = Window(float(values.mean()), 300.0)

    shown = whole(picture, window, inverted)

    assert (shown == apply_window(values, window, inverted)).all()


def test_values_that_are_not_whole_are_shown_to_within_a_grey_level() -> None:
    values = RNG.normal(0.0, 1e-3, (50, 50)).astype(np.float32)
    window = Window(0.0, 1e-3, function="LINEAR_EXACT")

    shown = whole(PictureLevels.of(Pixels(values)), window)

    difference = shown.astype(int) - apply_window(values, window).astype(int)
    assert np.abs(difference).max() <= 1


def test_background_is_black_even_when_inverted() -> None:
    values = np.full((8, 8), 100, np.int16)
    background = np.zeros((8, 8), np.bool_)
    background[:, :4] = True
    picture = PictureLevels.of(Pixels(values, background=background))

    shown = whole(picture, Window(100, 10), inverted=True)

    assert (shown[:, :4] == 0).all()
    assert (shown[:, 4:] > 0).all()


def test_the_files_own_table_is_used_where_no_window_is_given() -> None:
    table = DisplayTable(10, np.array([0, 100, 200], np.uint8))
    picture = PictureLevels.of(Pixels(np.array([[9, 10, 11, 12, 13]], np.int16), table=table))

    assert whole(picture, None).tolist() == [[0, 0, 100, 200, 200]]
    assert whole(picture, None, inverted=True).tolist() == [[255, 255, 155, 55, 55]]


def test_every_level_is_half_the_one_before_and_shows_its_mean() -> None:
    values = RNG.integers(0, 4000, (1026, 2051)).astype(np.uint16)
    picture = PictureLevels.of(Pixels(values))

    assert [level.shape for level in picture.levels[:3]] == [(1026, 2051), (513, 1025), (256, 512)]
    means = [float(level.mean()) for level in picture.levels]
    assert means == pytest.approx([means[0]] * len(means), rel=0.01)
    part = values[:1024, :2048].reshape(512, 2, 1024, 2).mean(axis=(1, 3)) - values.min()
    assert np.abs(picture.levels[1][:512, :1024] - part).max() <= 0.5


def test_the_level_gives_every_screen_pixel_about_one_of_its_own() -> None:
    picture = PictureLevels.of(Pixels(np.zeros((2048, 2048), np.uint8)))

    assert [picture.level_at(scale) for scale in (4.0, 1.0, 0.6, 0.5, 0.3, 0.25, 0.01)] == [
        0,
        0,
        0,
        1,
        1,
        2,
        3,
    ]


def test_colour_is_halved_and_inverted() -> None:
    rgb = RNG.integers(0, 256, (600, 400, 3), np.uint8)
    picture = PictureLevels.of(Pixels(rgb))

    assert picture.levels[1].shape == (300, 200, 3)
    assert (picture.shown(0, (0, 0, 400, 600), np.empty(0, np.uint8), True) == 255 - rgb).all()


def test_values_without_end_are_shown_as_the_lowest() -> None:
    values = np.array([[np.nan, 0.0, 1.0, np.inf]], np.float32)

    shown = whole(PictureLevels.of(Pixels(values)), Window(0.5, 1.0, function="LINEAR_EXACT"))

    assert shown.tolist() == [[0, 0, 255, 0]]
