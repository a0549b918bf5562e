from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QSize, QStringListModel, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate
from pytestqt.qtbot import QtBot

from app.widgets.thumbnail_grid import ThumbnailGrid

CELL = QSize(100, 80)
COLUMNS = 4


class Recorder(QStyledItemDelegate):
    """Keeps which rows were drawn, and whether they were selected."""

    def __init__(self) -> None:
        super().__init__()
        self.drawn: dict[int, bool] = {}

    def paint(self, painter: QPainter, option, index) -> None:  # type: ignore[no-untyped-def]
        self.drawn[index.row()] = bool(option.state & QStyle.StateFlag.State_Selected)


@pytest.fixture
def grid(qtbot: QtBot) -> ThumbnailGrid:
    grid = ThumbnailGrid("grid", CELL)
    qtbot.addWidget(grid)
    grid.model_of_test = QStringListModel([str(row) for row in range(10_000)])
    grid.recorder = Recorder()
    grid.setItemDelegate(grid.recorder)
    grid.setModel(grid.model_of_test)
    grid.resize(COLUMNS * CELL.width() + 60, 330)
    grid.show()
    qtbot.waitExposed(grid)
    assert grid.columns == COLUMNS
    return grid


def centre(grid: ThumbnailGrid, row: int) -> QPoint:
    return grid.visualRect(grid.model().index(row, 0)).center()


def test_cells_fill_the_width_and_only_visible_ones_are_drawn(
    qtbot: QtBot, grid: ThumbnailGrid
) -> None:
    grid.recorder.drawn.clear()
    grid.viewport().repaint()

    right = grid.visualRect(grid.model().index(COLUMNS - 1, 0)).right()
    assert right == grid.viewport().width() - 1
    assert 0 in grid.recorder.drawn
    assert len(grid.recorder.drawn) <= 6 * COLUMNS


def test_what_is_on_screen_is_told_after_scrolling(qtbot: QtBot, grid: ThumbnailGrid) -> None:
    with qtbot.waitSignal(grid.looked_at) as told:
        grid.verticalScrollBar().setValue(100 * CELL.height())

    first, last = told.args
    assert first == 100 * COLUMNS
    assert last - first + 1 >= 4 * COLUMNS


def test_the_last_row_can_be_reached(grid: ThumbnailGrid) -> None:
    grid.scrollTo(grid.model().index(9_999, 0))

    rect = grid.visualRect(grid.model().index(9_999, 0))
    assert grid.viewport().rect().contains(rect)
    assert grid.verticalScrollBar().value() == grid.verticalScrollBar().maximum()


@pytest.mark.parametrize(
    ("key", "row"),
    [
        (Qt.Key.Key_Right, 1),
        (Qt.Key.Key_Down, COLUMNS),
        (Qt.Key.Key_End, 9_999),
        (Qt.Key.Key_Left, 0),
    ],
)
def test_keys_move_the_current_image(
    qtbot: QtBot, grid: ThumbnailGrid, key: Qt.Key, row: int
) -> None:
    grid.setCurrentIndex(grid.model().index(0, 0))

    qtbot.keyClick(grid, key)

    assert grid.currentIndex().row() == row
    assert grid.selected_rows() == [row]


def test_a_click_with_shift_selects_all_between(qtbot: QtBot, grid: ThumbnailGrid) -> None:
    qtbot.mouseClick(grid.viewport(), Qt.MouseButton.LeftButton, pos=centre(grid, 2))
    qtbot.mouseClick(
        grid.viewport(),
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.ShiftModifier,
        centre(grid, 9),
    )

    assert grid.selected_rows() == list(range(2, 10))


def test_a_click_with_control_adds_one(qtbot: QtBot, grid: ThumbnailGrid) -> None:
    qtbot.mouseClick(grid.viewport(), Qt.MouseButton.LeftButton, pos=centre(grid, 1))
    qtbot.mouseClick(
        grid.viewport(),
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.ControlModifier,
        centre(grid, 6),
    )

    assert grid.selected_rows() == [1, 6]


def test_dragging_selects_a_rectangle(qtbot: QtBot, grid: ThumbnailGrid) -> None:
    port = grid.viewport()
    qtbot.mousePress(port, Qt.MouseButton.LeftButton, pos=centre(grid, 1))
    qtbot.mouseMove(port, centre(grid, 2))
    qtbot.mouseMove(port, centre(grid, COLUMNS + 2))
    qtbot.mouseRelease(port, Qt.MouseButton.LeftButton, pos=centre(grid, COLUMNS + 2))

    assert grid.selected_rows() == [1, 2, COLUMNS + 1, COLUMNS + 2]


def test_everything_is_selected_at_once(qtbot: QtBot, grid: ThumbnailGrid) -> None:
    qtbot.keyClick(grid, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)

    assert len(grid.selected_rows()) == 10_000


def test_between_cells_and_below_the_last_there_is_nothing(grid: ThumbnailGrid) -> None:
    grid.model_of_test.setStringList(["only one"])

    assert grid.indexAt(centre(grid, 0)).row() == 0
    assert not grid.indexAt(QPoint(3 * CELL.width(), 20)).isValid()
    assert grid.verticalScrollBar().maximum() == 0


def test_an_empty_list_is_no_trouble(qtbot: QtBot, grid: ThumbnailGrid) -> None:
    grid.model_of_test.setStringList([])
    grid.viewport().repaint()
    qtbot.keyClick(grid, Qt.Key.Key_Down)
    qtbot.mouseClick(grid.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(20, 20))

    assert grid.selected_rows() == []
    assert not grid.currentIndex().isValid()
