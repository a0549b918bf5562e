from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from app.dataset_panel.left_out_page import LeftOutPage
from fpt_core.dataset.records import SkippedFile

FILES = (
    SkippedFile("/data/a/x1.png", "x1.png is truncated."),
    SkippedFile("/data/b/x2.png", "x2.png is truncated."),
    SkippedFile("/data/notes.txt", "It is no image file."),
)


@pytest.fixture
def page(qtbot: QtBot) -> LeftOutPage:
    page = LeftOutPage()
    qtbot.addWidget(page)
    page.show()
    page.show_files(FILES)
    return page


def shown(page: LeftOutPage) -> list[tuple[str, str]]:
    model = page.files
    return [
        (model.data(model.index(row, 0)), model.data(model.index(row, 1)))
        for row in range(model.rowCount())
    ]


def test_reasons_are_counted_and_filter(page: LeftOutPage) -> None:
    texts = [page.reasons.item(row).text() for row in range(page.reasons.count())]
    assert texts == ["3 · for any reason", "2 · … is truncated.", "1 · It is no image file."]
    assert len(shown(page)) == 3

    page.reasons.setCurrentRow(2)

    assert shown(page) == [("notes.txt", "It is no image file.")]


def test_search_narrows_and_the_list_can_be_copied(qtbot: QtBot, page: LeftOutPage) -> None:
    qtbot.keyClicks(page.text, "/B/")
    qtbot.waitUntil(lambda: page.files.rowCount() == 1)

    copy = page.findChild(QPushButton, "copyLeftOut")
    assert copy is not None
    qtbot.mouseClick(copy, Qt.MouseButton.LeftButton)

    assert QGuiApplication.clipboard().text() == "/data/b/x2.png\tx2.png is truncated."


def test_nothing_left_out_is_said(page: LeftOutPage) -> None:
    page.show_files(())

    assert not page.table.isVisible()
    assert not page.reasons.isVisible()
