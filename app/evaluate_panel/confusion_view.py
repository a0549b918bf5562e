"""The confusion matrix, with what each cell holds under the cursor."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFont, QKeyEvent, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QWidget

from app.evaluate_panel.drawn_view import DrawnView

_LABEL_HEIGHT_PX, _AXIS_PX = 20, 18
_MOST_LABEL_SHARE = 0.32
_LEAST_CELL_PX = 34
"""Smaller cells show their number alone, and their columns are numbered."""


class ConfusionView(DrawnView):
    """Counts by true class, down, and predicted class, across; darker is a larger share of a row.

    Args:
        name: Object name.

    Signals:
        cell_clicked(row, column): By mouse, or by Enter on the cell that arrows lead to.
    """

    cell_clicked = Signal(int, int)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(name, parent)
        self.setAccessibleName("Confusion matrix")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._marked: tuple[int, int] | None = None
        self._names: Sequence[str] = ()
        self._counts: Sequence[Sequence[int]] = ()

    @property
    def counts(self) -> Sequence[Sequence[int]]:
        """True class down, predicted class across."""
        return self._counts

    def show_matrix(self, names: Sequence[str], counts: Sequence[Sequence[int]]) -> None:
        """Show these counts."""
        if list(names) != list(self._names):
            self._marked = None
        self._names, self._counts = names, counts
        self.update()

    def set_marked(self, cell: tuple[int, int] | None) -> None:
        """Draw a frame around a cell, or around none."""
        self._marked = cell
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        for row, column, rect in self._cells():
            if rect.contains(event.position()):
                self.set_marked((row, column))
                self.cell_clicked.emit(row, column)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {
            Qt.Key.Key_Up: (-1, 0),
            Qt.Key.Key_Down: (1, 0),
            Qt.Key.Key_Left: (0, -1),
            Qt.Key.Key_Right: (0, 1),
        }
        key, last = Qt.Key(event.key()), len(self._counts) - 1
        if key in steps and last >= 0:
            row, column = self._marked or (0, 0)
            down, across = steps[key] if self._marked else (0, 0)
            self.set_marked((min(max(row + down, 0), last), min(max(column + across, 0), last)))
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._marked:
            self.cell_clicked.emit(*self._marked)
        else:
            super().keyPressEvent(event)

    def table(self) -> list[list[str]]:
        """The matrix as rows."""
        rows = zip(self._names, self._counts, strict=True)
        return [["true \\ predicted", *self._names]] + [
            [name, *map(str, counts)] for name, counts in rows
        ]

    def text_at(self, x: float, y: float) -> str:
        """What the cell at this place holds, in words."""
        for row, column, rect in self._cells():
            if rect.contains(x, y):
                count, whole = self._counts[row][column], sum(self._counts[row])
                share = f" ({count / whole:.0%})" if whole else ""
                given = "rightly" if row == column else self._names[column]
                words = "predicted" if row == column else "predicted as"
                return f"{count} of {whole} {self._names[row]}{share} {words} {given}"
        return ""

    def _paint(self, painter: QPainter) -> None:
        if self._counts:
            self._paint_labels(painter)
            for row, column, rect in self._cells():
                self._paint_cell(painter, row, column, rect)

    def _grid(self) -> QRectF:
        longest = max((self.fontMetrics().horizontalAdvance(n) for n in self._names), default=0)
        left = min(longest + 8.0, _MOST_LABEL_SHARE * self.width()) + _AXIS_PX
        top = float(_LABEL_HEIGHT_PX + _AXIS_PX)
        return QRectF(left, top, self.width() - left - 2, self.height() - top - 2)

    def _cells(self) -> list[tuple[int, int, QRectF]]:
        grid, count = self._grid(), len(self._counts)
        width, height = grid.width() / max(1, count), grid.height() / max(1, count)
        return [
            (
                row,
                column,
                QRectF(grid.x() + column * width, grid.y() + row * height, width - 2, height - 2),
            )
            for row in range(count)
            for column in range(count)
        ]

    def _paint_labels(self, painter: QPainter) -> None:
        grid, count = self._grid(), len(self._counts)
        width, height = grid.width() / count, grid.height() / count
        painter.setPen(QColor(self.colours.text))
        centre, right = Qt.AlignmentFlag.AlignCenter, Qt.AlignmentFlag.AlignRight
        numbered = width < _LEAST_CELL_PX
        for place, name in enumerate(self._names):
            across = QRectF(grid.x() + place * width, _AXIS_PX, width - 2, _LABEL_HEIGHT_PX)
            down = QRectF(_AXIS_PX, grid.y() + place * height, grid.x() - _AXIS_PX - 6, height)
            column = str(place + 1) if numbered else self._short(name, across.width())
            row = f"{name} {place + 1}" if numbered else name
            painter.drawText(across, centre, column)
            painter.drawText(
                down, right | Qt.AlignmentFlag.AlignVCenter, self._short(row, down.width())
            )
        painter.setPen(QColor(self.colours.muted))
        painter.drawText(QRectF(grid.x(), 0, grid.width(), _AXIS_PX), centre, "predicted")
        painter.save()
        painter.translate(0, grid.y() + grid.height())
        painter.rotate(-90)
        painter.drawText(QRectF(0, 0, grid.height(), _AXIS_PX), centre, "true")
        painter.restore()

    def _paint_cell(self, painter: QPainter, row: int, column: int, rect: QRectF) -> None:
        count, whole = self._counts[row][column], sum(self._counts[row])
        share = count / whole if whole else 0.0
        fill = QColor(self.colours.accent if row == column else self.colours.second)
        fill.setAlphaF(0.08 + 0.82 * share)
        painter.fillRect(rect, fill)
        painter.setPen(QPen(QColor(self.colours.grid), 1))
        painter.drawRect(rect)
        if (row, column) == self._marked:
            painter.setPen(QPen(QColor(self.colours.text), 2))
            painter.drawRect(rect.adjusted(1, 1, -1, -1))
        strong = share > 0.75
        painter.setPen(QColor(self.colours.background if strong else self.colours.text))
        font = QFont(painter.font())
        font.setBold(row == column)
        painter.setFont(font)
        large = min(rect.width(), rect.height()) >= _LEAST_CELL_PX and whole
        text = f"{count}\n{share:.0%}" if large else str(count)
        painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, text)
        font.setBold(False)
        painter.setFont(font)

    def _short(self, name: str, width: float) -> str:
        return self.fontMetrics().elidedText(name, Qt.TextElideMode.ElideMiddle, int(width))
