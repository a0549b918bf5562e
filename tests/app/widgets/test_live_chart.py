from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from app.theme import DARK, LIGHT, Colours
from app.widgets.live_chart import LiveChart


@pytest.fixture
def chart(qtbot: QtBot) -> LiveChart:
    chart = LiveChart("memoryChart", "Memory", "seconds", "MB", legend=True)
    qtbot.addWidget(chart)
    chart.add_line("in use")
    return chart


def test_points_are_added_and_cleared(chart: LiveChart) -> None:
    chart.append("in use", 1.0, 700.0)
    chart.append("in use", 2.0, 710.0)
    assert chart.points("in use") == ([1.0, 2.0], [700.0, 710.0])

    chart.clear_points()
    assert chart.points("in use") == ([], [])


def test_long_runs_keep_their_ends_and_their_shape(chart: LiveChart) -> None:
    for step in range(6_000):
        chart.append("in use", step, step)

    xs, ys = chart.points("in use")
    assert len(xs) <= 5000
    assert xs == ys == sorted(xs)
    assert (xs[0], xs[-1]) == (0, 5_999)


def test_a_limit_and_the_line_below_it_are_both_in_view(chart: LiveChart) -> None:
    chart.append("in use", 1.0, 700.0)
    chart.set_limit(2500.0, "full fine-tuning, estimated: 2,500 MB")
    chart.set_limit(9000.0, "full fine-tuning, estimated: 9,000 MB")

    low, high = chart.getViewBox().viewRange()[1]
    assert low <= 700 <= 9000 <= high


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_it_follows_the_theme(chart: LiveChart, colours: Colours) -> None:
    chart.set_limit(2500.0, "limit")

    chart.set_colours(colours)

    assert chart.backgroundBrush().color().name() == colours.background
