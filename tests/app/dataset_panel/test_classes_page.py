from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QMessageBox
from pytestqt.qtbot import QtBot

from app.dataset_panel.catalogue import Catalogue
from app.dataset_panel.class_table import BAR_ROLE
from app.dataset_panel.classes_page import ClassesPage
from tests.app.samples import make_records, press, when_asked


@pytest.fixture
def page(qtbot: QtBot) -> ClassesPage:
    page = ClassesPage()
    qtbot.addWidget(page)
    page.resize(430, 400)
    page.show()
    page.show_catalogue(Catalogue(make_records(18)))
    return page


def cells(page: ClassesPage) -> list[list[str]]:
    model = page.counts
    return [
        [model.data(model.index(row, column)) for column in range(model.columnCount())]
        for row in range(model.rowCount())
    ]


def type_name(qtbot: QtBot, page: ClassesPage, row: int, name: str) -> None:
    """Rename the class in ``row`` as a person would, in its cell."""
    page.table.setCurrentIndex(page.counts.index(row, 0))
    page.table.edit(page.counts.index(row, 0))
    editor = page.table.findChild(QLineEdit)
    assert editor is not None
    editor.selectAll()
    qtbot.keyClicks(editor, name)
    qtbot.keyClick(editor, Qt.Key.Key_Return)


def test_numbers_by_class_and_split(page: ClassesPage) -> None:
    assert cells(page) == [
        ["healthy", "2", "3", "3", "8"],
        ["ill", "3", "3", "3", "9"],
        ["All classes", "5", "6", "6", "17"],
    ]
    assert page.counts.index(1, 0).data(BAR_ROLE) == pytest.approx((1 / 3, 1 / 3, 1 / 3))


def test_patients_and_folds(page: ClassesPage) -> None:
    page.unit.setCurrentIndex(1)
    assert cells(page)[2] == ["All classes", "2", "2", "2", "6"]

    page.by.setCurrentIndex(1)
    assert cells(page)[0] == ["healthy", "2", "0", "2"]
    assert page.counts.headerData(1, Qt.Orientation.Horizontal) == "Fold 1"


def test_without_folds_none_are_offered(page: ClassesPage) -> None:
    records = make_records(6)
    for record in records:
        object.__setattr__(record, "fold", None)

    page.show_catalogue(Catalogue(records))

    assert not page.by.isVisible()


def test_a_click_on_a_class_shows_its_images(qtbot: QtBot, page: ClassesPage) -> None:
    where = page.table.visualRect(page.counts.index(1, 0)).center()

    with qtbot.waitSignal(page.class_chosen) as chosen:
        qtbot.mouseClick(page.table.viewport(), Qt.MouseButton.LeftButton, pos=where)

    assert chosen.args == ["ill"]


def test_a_class_is_renamed_in_its_cell(qtbot: QtBot, page: ClassesPage) -> None:
    with qtbot.waitSignal(page.rename_wanted) as wanted:
        type_name(qtbot, page, 1, "pneumonia")

    assert wanted.args == ["ill", "pneumonia"]


@pytest.mark.parametrize("name", ["ill", "  "])
def test_no_name_or_the_same_name_changes_nothing(
    qtbot: QtBot, page: ClassesPage, name: str
) -> None:
    with qtbot.assertNotEmitted(page.rename_wanted):
        type_name(qtbot, page, 1, name)


@pytest.mark.parametrize("answer", ["Merge", "Cancel"])
def test_merging_is_confirmed(qtbot: QtBot, page: ClassesPage, answer: str) -> None:
    wanted: list[tuple[str, str]] = []
    page.rename_wanted.connect(lambda old, new: wanted.append((old, new)))
    asked: list[str] = []

    def reply(box: QMessageBox) -> None:
        press(answer)(box)
        asked.append(answer)

    when_asked(QMessageBox, reply)

    type_name(qtbot, page, 1, "healthy")
    qtbot.waitUntil(lambda: asked == [answer])

    assert wanted == ([("ill", "healthy")] if answer == "Merge" else [])
