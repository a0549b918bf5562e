"""A grid of equal cells whose places are computed, so that a million of them cost nothing."""

from __future__ import annotations

from itertools import pairwise

from PySide6.QtCore import (
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QSize,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QPainter, QPaintEvent, QRegion
from PySide6.QtWidgets import QAbstractItemView, QStyle, QStyleOptionViewItem, QWidget

_LOOK_INTERVAL_MS = 30
Index = QModelIndex | QPersistentModelIndex


class ThumbnailGrid(QAbstractItemView):
    """Shows a list model in rows that fill its width; the delegate draws a cell.

    Args:
        name: Object name.
        cell: Size of a cell; cells grow in width to fill a row.

    Signals:
        looked_at(first, last): These rows are on screen now, the last one included.
    """

    looked_at = Signal(int, int)

    def __init__(self, name: str, cell: QSize, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self._cell = cell
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self._look = QTimer(self, singleShot=True, interval=_LOOK_INTERVAL_MS)
        self._look.timeout.connect(self._on_look_due)
        self.verticalScrollBar().valueChanged.connect(self._on_moved)

    # --- geometry -----------------------------------------------------------------------

    @property
    def columns(self) -> int:
        """Cells in a row."""
        return max(1, self.viewport().width() // self._cell.width())

    def _count(self) -> int:
        return 0 if self.model() is None else self.model().rowCount()

    def _cell_rect(self, row: int) -> QRect:
        line, column = divmod(row, self.columns)
        width = self.viewport().width() / self.columns
        left, right = round(column * width), round((column + 1) * width)
        top = line * self._cell.height() - self.verticalOffset()
        return QRect(left, top, right - left, self._cell.height())

    def _row_near(self, point: QPoint) -> int:
        """The row of the cell at ``point`` in the viewport, or of the nearest one."""
        width = self.viewport().width() / self.columns
        column = min(max(int(point.x() // width), 0), self.columns - 1)
        line = max((point.y() + self.verticalOffset()) // self._cell.height(), 0)
        return min(line * self.columns + column, self._count() - 1)

    def _rows_on_screen(self) -> range:
        height, offset = self._cell.height(), self.verticalOffset()
        first = offset // height * self.columns
        last = ((offset + self.viewport().height() - 1) // height + 1) * self.columns
        return range(first, min(last, self._count()))

    def visualRect(self, index: Index) -> QRect:
        return self._cell_rect(index.row()) if index.isValid() else QRect()

    def indexAt(self, point: QPoint) -> QModelIndex:
        row = self._row_near(point)
        if row < 0 or not self._cell_rect(row).contains(point):
            return QModelIndex()
        return self.model().index(row, 0)

    def horizontalOffset(self) -> int:
        return 0

    def verticalOffset(self) -> int:
        return self.verticalScrollBar().value()

    def isIndexHidden(self, index: Index) -> bool:
        return False

    def updateGeometries(self) -> None:
        super().updateGeometries()
        lines = -(-self._count() // self.columns)
        bar, height = self.verticalScrollBar(), self.viewport().height()
        bar.setRange(0, max(0, lines * self._cell.height() - height))
        bar.setPageStep(height)
        bar.setSingleStep(self._cell.height() // 3)
        self._on_moved()

    def scrollTo(
        self,
        index: Index,
        hint: QAbstractItemView.ScrollHint = QAbstractItemView.ScrollHint.EnsureVisible,
    ) -> None:
        rect, height = self.visualRect(index), self.viewport().height()
        bar = self.verticalScrollBar()
        if rect.top() < 0:
            bar.setValue(bar.value() + rect.top())
        elif rect.bottom() >= height:
            bar.setValue(bar.value() + rect.bottom() - height + 1)

    # --- what is on screen --------------------------------------------------------------

    def reset(self) -> None:
        super().reset()
        self.updateGeometries()

    def _on_moved(self) -> None:
        if not self._look.isActive():  # while it moves, too, what passes by is told
            self._look.start()

    def _on_look_due(self) -> None:
        if rows := self._rows_on_screen():
            self.looked_at.emit(rows[0], rows[-1])

    # --- selection and keys -------------------------------------------------------------

    def moveCursor(
        self, action: QAbstractItemView.CursorAction, modifiers: Qt.KeyboardModifier
    ) -> QModelIndex:
        count, row = self._count(), self.currentIndex().row()
        if not count:
            return QModelIndex()
        page = max(1, self.viewport().height() // self._cell.height()) * self.columns
        moves = QAbstractItemView.CursorAction
        to = {
            moves.MoveUp: row - self.columns,
            moves.MoveDown: row + self.columns,
            moves.MoveLeft: row - 1,
            moves.MovePrevious: row - 1,
            moves.MoveRight: row + 1,
            moves.MoveNext: row + 1,
            moves.MovePageUp: row - page,
            moves.MovePageDown: row + page,
            moves.MoveHome: 0,
            moves.MoveEnd: count - 1,
        }[action]
        return self.model().index(min(max(to, 0), count - 1), 0)

    def setSelection(self, rect: QRect, command: QItemSelectionModel.SelectionFlag) -> None:
        selection = QItemSelection()
        if self._count():
            if self.state() is QAbstractItemView.State.DragSelectingState:
                self._select_inside(rect.normalized(), selection)
            else:
                ends = self._row_near(rect.topLeft()), self._row_near(rect.bottomRight())
                self._add(selection, min(ends), max(ends))
        self.selectionModel().select(selection, command)

    def _select_inside(self, rect: QRect, selection: QItemSelection) -> None:
        first = self._row_near(rect.topLeft())
        width = self._row_near(rect.topRight()) % self.columns - first % self.columns
        for start in range(first, self._row_near(rect.bottomLeft()) + 1, self.columns):
            if self._cell_rect(start).intersects(rect):
                self._add(selection, start, min(start + max(width, 0), self._count() - 1))

    def _add(self, selection: QItemSelection, first: int, last: int) -> None:
        selection.select(self.model().index(first, 0), self.model().index(last, 0))

    def visualRegionForSelection(self, selection: QItemSelection) -> QRegion:
        return QRegion(self.viewport().rect())

    def selected_rows(self) -> list[int]:
        """The selected rows in order."""
        ranges = sorted((part.top(), part.bottom()) for part in self.selectionModel().selection())
        return [row for top, bottom in ranges for row in range(top, bottom + 1)]

    def select_rows(self, rows: list[int], current: int) -> None:
        """Select these rows, given in order, and make one of them, or another, the current one."""
        selection = QItemSelection()
        breaks = [i for i in range(1, len(rows)) if rows[i] != rows[i - 1] + 1]
        for start, end in pairwise([0, *breaks, len(rows)] if rows else ()):
            self._add(selection, rows[start], rows[end - 1])
        flags = QItemSelectionModel.SelectionFlag
        self.selectionModel().select(selection, flags.ClearAndSelect)
        self.selectionModel().setCurrentIndex(self.model().index(current, 0), flags.NoUpdate)

    def keyboardSearch(self, search: str) -> None:
        """Searching is the filter's matter: going through all rows here would take too long."""

    # --- drawing ------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        painter.setRenderHints(
            QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform
        )
        option = QStyleOptionViewItem()
        self.initViewItemOption(option)
        plain = option.state
        for row in self._rows_on_screen():
            rect = self._cell_rect(row)
            if not rect.intersects(event.rect()):
                continue
            index = self.model().index(row, 0)
            option.rect = rect
            option.state = plain
            if self.selectionModel().isSelected(index):
                option.state |= QStyle.StateFlag.State_Selected
            if self.hasFocus() and index == self.currentIndex():
                option.state |= QStyle.StateFlag.State_HasFocus
            self.itemDelegate().paint(painter, option, index)
        painter.end()
