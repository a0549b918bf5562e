from __future__ import annotations

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QSlider,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)
from pytestqt.qtbot import QtBot

from app.widgets.still import Still


def test_the_wheel_scrolls_the_page_and_changes_no_setting(qtbot: QtBot) -> None:
    form = QWidget()
    number, choice, slider = QSpinBox(), QComboBox(), QSlider(Qt.Orientation.Horizontal)
    number.setValue(20)
    choice.addItems(["a", "b", "c"])
    layout = QVBoxLayout(form)
    for control in (number, choice, slider):
        layout.addWidget(control)
    Still(form)
    qtbot.addWidget(form)
    form.show()
    number.setFocus()

    for control in (number, choice, slider):
        assert not _turned_wheel(control).isAccepted(), "it is for the page below"
    assert (number.value(), choice.currentIndex(), slider.value()) == (20, 0, 0)


def _turned_wheel(control: QWidget) -> QWheelEvent:
    middle = QPointF(control.rect().center())
    event = QWheelEvent(
        middle,
        QPointF(control.mapToGlobal(control.rect().center())),
        QPoint(),
        QPoint(0, -120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(control, event)
    return event
