"""Drags: window and level, pan, zoom."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from app.viewer.image_view import ImageView
from app.viewer.picture_levels import PictureLevels
from fpt_core.images import Pixels, Window
from tests.app.viewer.mouse import drag


@pytest.fixture
def view(qtbot: QtBot) -> ImageView:
    view = ImageView()
    qtbot.addWidget(view)
    view.resize(400, 300)
    view.show()
    values = np.tile(np.arange(200, dtype=np.int16), (100, 1))
    view.show_picture(PictureLevels.of(Pixels(values, (Window(100, 200),))))
    return view


def test_left_drag_right_widens_the_window_and_down_raises_its_level(view: ImageView) -> None:
    drag(view, Qt.MouseButton.LeftButton, QPoint(30, 0))
    assert view.window_level.width > 200
    assert view.window_level.center == 100

    drag(view, Qt.MouseButton.LeftButton, QPoint(0, 30))
    assert view.window_level.center > 100

    view.reset()
    assert view.window_level == Window(100, 200)


def test_a_window_never_becomes_empty(view: ImageView) -> None:
    drag(view, Qt.MouseButton.LeftButton, QPoint(-4000, 0))

    assert view.window_level.width == 1


def test_colour_has_no_window(qtbot: QtBot, view: ImageView) -> None:
    view.show_picture(PictureLevels.of(Pixels(np.zeros((100, 200, 3), np.uint8))))

    with qtbot.assertNotEmitted(view.window_changed):
        drag(view, Qt.MouseButton.LeftButton, QPoint(30, 30))


def test_middle_drag_takes_the_image_along(view: ImageView) -> None:
    middle = view.viewport().rect().center()
    grabbed = view.mapToScene(middle)

    drag(view, Qt.MouseButton.MiddleButton, QPoint(20, 10), QPoint(40, 25))

    moved = view.mapFromScene(grabbed) - middle
    assert abs(moved.x() - 40) <= 2
    assert abs(moved.y() - 25) <= 2


def test_right_drag_up_zooms_in_around_where_it_began(view: ImageView) -> None:
    middle = view.viewport().rect().center()
    under, scale = view.mapToScene(middle), view.transform().m11()

    drag(view, Qt.MouseButton.RightButton, QPoint(0, -30), QPoint(0, -60))

    assert view.transform().m11() > 1.5 * scale
    moved = view.mapFromScene(under) - middle
    assert abs(moved.x()) <= 3
    assert abs(moved.y()) <= 3


def test_one_large_right_drag_neither_mirrors_nor_loses_the_image(view: ImageView) -> None:
    drag(view, Qt.MouseButton.RightButton, QPoint(0, 5000))
    assert 0 < view.transform().m11() < 1

    drag(view, Qt.MouseButton.RightButton, QPoint(0, -20000))
    assert 1 < view.transform().m11() <= 100

    view.fit()
    assert view.mapToScene(view.viewport().rect().center()).x() == pytest.approx(100, abs=2)


def test_zoom_stays_when_the_window_is_resized_and_a_fitted_image_stays_fitted(
    view: ImageView,
) -> None:
    fitted = view.transform().m11()
    view.resize(800, 600)
    assert view.transform().m11() > 1.5 * fitted

    drag(view, Qt.MouseButton.RightButton, QPoint(0, -30))
    zoomed = view.transform().m11()
    view.resize(400, 300)
    assert view.transform().m11() == zoomed
