"""The combo boxes."""

from __future__ import annotations

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from app.widgets.choice import make_choice


def test_the_list_is_wide_enough_for_its_longest_text(qtbot: QtBot) -> None:
    """The box itself may be narrow: what is chosen from must be readable."""
    long = "Probability from which one would act, and a good deal more"
    box = make_choice("rule", "Rule", [("Short", 0), (long, 1)])
    qtbot.addWidget(box)
    box.show()
    qtbot.mouseClick(box, Qt.MouseButton.LeftButton)
    assert box.width() < box.view().fontMetrics().horizontalAdvance(long)
    assert box.view().viewport().width() >= box.view().fontMetrics().horizontalAdvance(long)
    box.hidePopup()
