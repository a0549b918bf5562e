from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from app.widgets.fold import Fold


def test_it_opens_and_closes_with_mouse_and_keys(qtbot: QtBot) -> None:
    fold = Fold("advanced", "Advanced", QLabel("content"))
    qtbot.addWidget(fold)
    fold.show()
    assert fold.content.isHidden()

    qtbot.mouseClick(fold.heading, Qt.MouseButton.LeftButton)
    assert fold.content.isVisible()

    qtbot.keyClick(fold.heading, Qt.Key.Key_Space)
    assert fold.content.isHidden()
