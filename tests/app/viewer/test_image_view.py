"""The viewer, driven by mouse and keys."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from pytestqt.qtbot import QtBot

from app.viewer.image_view import ImageView
from app.viewer.picture_levels import PictureLevels
from fpt_core.events import TokenMap
from fpt_core.images import Pixels, Window


@pytest.fixture
def view(qtbot: QtBot) -> ImageView:
    view = ImageView()
    qtbot.addWidget(view)
    view.resize(400, 300)
    view.show()
    values = np.tile(np.arange(200, dtype=np.int16), (100, 1))
    view.show_picture(PictureLevels.of(Pixels(values, (Window(100, 200),), frames=3, unit="HU")))
    return view


def _wheel(view: ImageView, up: bool, modifiers: Qt.KeyboardModifier) -> None:
    centre = QPointF(view.viewport().rect().center())
    event = QWheelEvent(
        centre,
        view.viewport().mapToGlobal(centre),
        QPoint(),
        QPoint(0, 120 if up else -120),
        Qt.MouseButton.NoButton,
        modifiers,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    view.wheelEvent(event)


def test_ctrl_wheel_zooms_around_the_cursor(view: ImageView) -> None:
    centre = view.viewport().rect().center()
    before, scale = view.mapToScene(centre), view.transform().m11()
    _wheel(view, True, Qt.KeyboardModifier.ControlModifier)
    after = view.mapToScene(centre)
    assert view.transform().m11() > scale
    assert abs(after.x() - before.x()) < 2
    assert abs(after.y() - before.y()) < 2


def test_wheel_and_arrows_ask_for_frames_within_the_file(qtbot: QtBot, view: ImageView) -> None:
    with qtbot.waitSignal(view.frame_wanted) as wanted:
        _wheel(view, False, Qt.KeyboardModifier.NoModifier)
    assert wanted.args == [1]
    with qtbot.assertNotEmitted(view.frame_wanted):
        qtbot.keyClick(view, Qt.Key.Key_Up)


def test_invert_and_reset(view: ImageView) -> None:
    plain = view.grab().toImage()
    view.invert()
    assert view.grab().toImage() != plain
    view.reset()
    assert view.grab().toImage() == plain


def test_heatmap_covers_its_box_and_nothing_else(view: ImageView) -> None:
    view.show_picture(PictureLevels.of(Pixels(np.zeros((100, 200, 3), np.uint8))))
    view.set_heatmap_opacity(1.0)
    view.set_heatmap(TokenMap(1, 1, (1.0,), box=(50, 20, 150, 60)))
    picture = view.grab().toImage()

    def colour(column: float, row: float) -> int:
        point = view.mapFromScene(column, row)
        return picture.pixelColor(point).value()

    assert colour(100, 40) > 200
    assert colour(52, 22) > 200
    assert colour(48, 40) == 0
    assert colour(100, 62) == 0


def test_value_under_the_cursor_is_said_in_its_unit(qtbot: QtBot, view: ImageView) -> None:
    with qtbot.waitSignal(view.hovered) as hovered:
        qtbot.mouseMove(view.viewport(), view.mapFromScene(50.5, 30.5))
    assert hovered.args == ["column 50, row 30: 50 HU"]
