from __future__ import annotations

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from app.dataset_panel.history_page import HistoryPage
from fpt_core.dataset.edit_table import Edit


def test_changes_are_listed_and_the_latest_can_be_taken_back(qtbot: QtBot) -> None:
    page = HistoryPage()
    qtbot.addWidget(page)
    assert not page.undo.isEnabled()

    page.show_edits(
        (
            Edit("2026-03-02T10:30:00+01:00", "3 images labelled “ill”", "Dr. A"),
            Edit("2026-03-01T09:00:00+01:00", "1 image excluded", ""),
        )
    )

    assert page.list.item(0).text() == "3 images labelled “ill”\n02 March 2026, 10:30 · Dr. A"
    assert page.list.item(1).text() == "1 image excluded\n01 March 2026, 09:00"
    with qtbot.waitSignal(page.undo_wanted):
        qtbot.mouseClick(page.undo, Qt.MouseButton.LeftButton)
