from __future__ import annotations

import numpy as np
import pytest

from app.widgets.curve import Curve


def drawn(curve: Curve) -> tuple[list[float], list[float]]:
    xs, ys = curve.points()
    return xs.tolist(), ys.tolist()


def test_a_short_curve_is_kept_as_it_is() -> None:
    curve = Curve(capacity=4)
    for x, y in ((1, 0.7), (2, 0.7), (10, 0.3)):
        curve.append(x, y)

    assert drawn(curve) == ([1, 2, 10], [0.7, 0.7, 0.3])


def test_nothing_is_drawn_of_nothing() -> None:
    curve = Curve()
    assert drawn(curve) == ([], [])
    assert curve.nearest(3.0) is None

    curve.append(1, 2)
    curve.clear()
    assert drawn(curve) == ([], [])


@pytest.mark.parametrize("peak", [0, 1, 4_999, 7_777, 9_999])
def test_a_long_curve_is_bounded_and_loses_no_peak(peak: int) -> None:
    curve = Curve(capacity=16)
    for x in range(10_000):
        curve.append(x, 100.0 if x == peak else float(x % 7))

    xs, ys = curve.points()
    assert len(xs) <= 2 * 16 + 2
    assert (np.diff(xs) >= 0).all()
    assert (xs[0], xs[-1]) == (0, 9_999)
    assert xs[ys.argmax()] == peak


def test_what_is_kept_is_what_was_there() -> None:
    curve = Curve(capacity=8)
    noise = np.random.default_rng(0).normal(size=1000)
    for x, y in enumerate(noise):
        curve.append(x, y)

    xs, ys = curve.points()
    assert (noise[xs.astype(int)] == ys).all()
    assert (ys.min(), ys.max()) == (noise.min(), noise.max())


def test_the_nearest_point_is_found() -> None:
    curve = Curve()
    for x in (1, 2, 10):
        curve.append(x, x * x)

    assert curve.nearest(7) == (10, 100)
    assert curve.nearest(-5) == (1, 1)
