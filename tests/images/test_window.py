from __future__ import annotations

import numpy as np
import pytest

from fpt_core.images import Window, apply_window, robust_window
from fpt_core.images.pixels import DisplayTable, WindowFunction
from fpt_core.images.window import apply_table


def test_dicoms_linear_function() -> None:
    """The example of DICOM PS3.3 C.11.2.1.2.1: centre 2048, width 4096."""
    values = np.array([[-1, 0, 2048, 4095, 4096]])
    assert apply_window(values, Window(2048, 4096)).tolist() == [[0, 0, 128, 255, 255]]


def test_eight_bit_values_pass_unchanged() -> None:
    values = np.arange(256, dtype=np.uint8)[np.newaxis]
    assert np.array_equal(apply_window(values, robust_window(values)), values)


def test_a_width_of_one_is_a_threshold() -> None:
    assert apply_window(np.array([[9, 10, 11]]), Window(10, 1)).tolist() == [[0, 255, 255]]


def test_inverted() -> None:
    values = np.array([[0, 50, 100]])
    plain = apply_window(values, Window(50, 100)).astype(int)
    assert (apply_window(values, Window(50, 100), inverted=True) == 255 - plain).all()


def test_a_robust_window_forgets_outliers() -> None:
    values = np.arange(1000, 3000)
    values[0], values[-1] = -30_000, 30_000
    window = robust_window(values)
    assert window.center == pytest.approx(2000, abs=5)
    assert window.width == pytest.approx(1980, abs=10)


@pytest.mark.parametrize("value", [0.0, 7.0, np.nan, np.inf])
def test_a_constant_image_has_a_window(value: float) -> None:
    values = np.full((3, 3), value)
    assert robust_window(values).width >= 1
    assert len(np.unique(apply_window(values, robust_window(values)))) == 1


def test_one_bright_pixel_is_still_seen() -> None:
    values = np.zeros((100, 100), np.uint16)
    values[0, 0] = 500
    grey = apply_window(values, robust_window(values))
    assert grey[0, 0] == 255
    assert grey[1, 1] == 0


def test_linear_exact_and_sigmoid() -> None:
    """DICOM PS3.3 C.11.2.1.3: the middle of the window is middle grey."""
    values = np.array([[-100, -50, 0, 50, 100]])
    exact = apply_window(values, Window(0, 100, function="LINEAR_EXACT"))
    assert exact.tolist() == [[0, 0, 128, 255, 255]]
    sigmoid = apply_window(values, Window(0, 100, function="SIGMOID"))
    expected = 255 / (1 + np.exp(-4 * values / 100))
    assert np.abs(sigmoid - expected).max() <= 0.5


def test_a_narrow_window_of_small_numbers() -> None:
    values = np.array([[0, 0.25, 0.5, 1]], np.float32)
    grey = apply_window(values, Window(0.5, 1, function="LINEAR_EXACT"))
    assert grey.tolist() == [[0, 64, 128, 255]]


@pytest.mark.parametrize("function", ["LINEAR", "LINEAR_EXACT", "SIGMOID"])
def test_gaps_and_infinities_are_shown(function: WindowFunction) -> None:
    values = np.array([[-np.inf, np.nan, np.inf]], np.float32)
    grey = apply_window(values, Window(0, 100, function=function))
    assert (grey[0, 0], grey[0, 2]) == (0, 255)


def test_a_table_is_looked_up_and_ends_at_its_limits() -> None:
    table = DisplayTable(-1, np.array([10, 20, 30], np.uint8))
    values = np.array([[-500, -1, 0.4, 1, 500, np.nan]])
    assert apply_table(values, table).tolist() == [[10, 10, 20, 30, 30, 20]]
    assert apply_table(values, table, inverted=True)[0, 0] == 245


def test_a_robust_window_leaves_the_background_out() -> None:
    values = np.full((20, 20), -2000, np.int16)
    values[5:15, 5:15] = np.arange(100).reshape(10, 10)
    window = robust_window(values, values == -2000)
    assert 0 <= window.center <= 100
    assert window.width < 110
    assert robust_window(values, np.full_like(values, True, bool)).width >= 1
