from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.theme import DARK, LIGHT, Colours
from app.widgets.live_chart import LiveChart


@pytest.fixture
def chart(qtbot: QtBot) -> LiveChart:
    chart = LiveChart("memoryChart", "Memory", "seconds", "MB", legend=True, number="{:.0f} MB")
    qtbot.addWidget(chart)
    chart.resize(400, 300)
    chart.add_line("in use")
    return chart


def hover(chart: LiveChart, x: float, y: float) -> None:
    """Move the mouse to a point of the axes."""
    scene = chart.getViewBox().mapViewToScene(QPointF(x, y))
    place: QPoint = chart.mapFromScene(scene)
    QTest.mouseMove(chart.viewport(), place + QPoint(1, 1))
    QTest.mouseMove(chart.viewport(), place)


def test_points_are_added_and_cleared(chart: LiveChart) -> None:
    chart.append("in use", 1.0, 700.0)
    chart.append("in use", 2.0, 710.0)
    assert chart.points("in use") == ([1.0, 2.0], [700.0, 710.0])

    chart.clear_points()
    assert chart.points("in use") == ([], [])


def test_levels_and_the_line_below_them_are_in_view(chart: LiveChart) -> None:
    chart.append("in use", 1.0, 700.0)
    chart.set_level("full", 2500.0, "full fine-tuning")
    chart.set_level("full", 9000.0, "full fine-tuning")
    chart.set_level("run", 800.0, "this run")

    low, high = chart.getViewBox().viewRange()[1]
    assert low <= 700 <= 9000 <= high


def test_points_are_drawn_while_it_is_on_screen(qtbot: QtBot, chart: LiveChart) -> None:
    chart.append("in use", 1.0, 700.0)
    chart.append("in use", 2.0, 710.0)
    item = chart.plotItem.listDataItems()[0]
    qtbot.wait(150)
    assert item.xData is None or len(item.xData) == 0

    chart.show()
    qtbot.waitUntil(lambda: len(item.xData) == 2)
    chart.append("in use", 3.0, 720.0)
    qtbot.waitUntil(lambda: item.xData.tolist() == [1.0, 2.0, 3.0])


def test_the_mouse_reads_values(qtbot: QtBot, chart: LiveChart) -> None:
    for x in range(11):
        chart.append("in use", x, 700 + x)
    chart.set_level("full fine-tuning", 2500, "full fine-tuning")
    with qtbot.waitExposed(chart):
        chart.show()
    qtbot.wait(50)
    assert chart.reading == ""

    hover(chart, 4.2, 900)
    qtbot.waitUntil(lambda: chart.reading != "")
    assert chart.reading.splitlines() == ["seconds 4", "in use 704 MB", "full fine-tuning 2500 MB"]

    QApplication.sendEvent(chart, QEvent(QEvent.Type.Leave))
    assert chart.reading == ""


@pytest.mark.parametrize("x", [0.2, 5.0, 9.8])
def test_values_are_read_whole_wherever_the_mouse_is(
    qtbot: QtBot, chart: LiveChart, x: float
) -> None:
    chart.resize(300, 200)
    for point in range(11):
        chart.append("in use", point, 700 + point)
    chart.set_level("full fine-tuning, estimated", 13_874, "")
    with qtbot.waitExposed(chart):
        chart.show()
    qtbot.wait(250)

    hover(chart, x, 900)
    qtbot.waitUntil(lambda: chart.reading != "")
    shown = chart._reading.mapRectToScene(chart._reading.boundingRect())
    room = chart.getViewBox().sceneBoundingRect()
    assert room.left() - 1 <= shown.left()
    assert shown.right() <= room.right() + 1


def test_where_there_are_no_points_nothing_is_read(qtbot: QtBot, chart: LiveChart) -> None:
    with qtbot.waitExposed(chart):
        chart.show()
    hover(chart, 0.5, 0.5)
    assert chart.reading == ""


def test_lines_can_be_exchanged_for_others(chart: LiveChart) -> None:
    chart.clear_lines()
    chart.add_line("a run")
    chart.add_line("another one")

    pens = [item.opts["pen"] for item in chart.plotItem.listDataItems()]
    assert len(pens) == 2
    assert pens[0].color() != pens[1].color()
    assert pens[0].style() != pens[1].style(), "nothing is told by colour alone"


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_it_follows_the_theme(chart: LiveChart, colours: Colours) -> None:
    chart.set_level("full", 2500.0, "limit")

    chart.set_colours(colours)

    assert chart.backgroundBrush().color().name() == colours.background
