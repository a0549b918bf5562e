"""Numbers by class and split as a table model, with a bar under each class's name."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem, QWidget

from app.dataset_panel.catalogue import CountTable
from app.dataset_panel.words import SPLIT_WORDS
from app.theme import LIGHT, Colours

_BAR_HEIGHT_PX = 6
_ROW_HEIGHT_PX = 40
_SHADES = (1.0, 0.6, 0.3)
BAR_ROLE = Qt.ItemDataRole.UserRole
Index = QModelIndex | QPersistentModelIndex


class ClassTable(QAbstractTableModel):
    """One row per class and one for all; a class's name can be edited.

    Signals:
        rename_wanted(old, new): A class is to have another name.
    """

    rename_wanted = Signal(str, str)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._counts: CountTable | None = None

    def set_counts(self, counts: CountTable) -> None:
        """Show these numbers."""
        self.beginResetModel()
        self._counts = counts
        self.endResetModel()

    def class_name(self, row: int) -> str | None:
        """The class in a row; ``None`` for the row of all."""
        names = () if self._counts is None else self._counts.class_names
        return names[row] if 0 <= row < len(names) else None

    def row_of(self, class_name: str) -> int:
        """The row of a class, or -1."""
        names = () if self._counts is None else self._counts.class_names
        return names.index(class_name) if class_name in names else -1

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if self._counts is None else len(self._counts.class_names) + 1

    def columnCount(self, parent: Index | None = None) -> int:
        return 0 if self._counts is None else len(self._counts.column_names) + 2

    def headerData(
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> Any:
        if orientation is Qt.Orientation.Vertical or self._counts is None:
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignLeft if section == 0 else Qt.AlignmentFlag.AlignRight
            return side | Qt.AlignmentFlag.AlignVCenter
        if role == Qt.ItemDataRole.DisplayRole:
            names = [SPLIT_WORDS.get(name, name) for name in self._counts.column_names]
            return ["Class", *names, "All"][section]
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        flags = super().flags(index)
        if index.column() == 0 and self.class_name(index.row()) is not None:
            flags |= Qt.ItemFlag.ItemIsEditable
        return flags

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if self._counts is None or not index.isValid():
            return None
        name = self.class_name(index.row())
        if role == BAR_ROLE:
            return self._shares(index.row()) if index.column() == 0 else ()
        if role == Qt.ItemDataRole.TextAlignmentRole and index.column() > 0:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            if index.column() == 0:
                return "All classes" if name is None else name
            return f"{self._number(index.row(), index.column() - 1):,}"
        if role == Qt.ItemDataRole.ToolTipRole and name is not None:
            return f"{name}\nDouble-click to rename this class, or to merge it with another one."
        return None

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        old, new = self.class_name(index.row()), str(value).strip()
        if role != Qt.ItemDataRole.EditRole or old is None or not new or new == old:
            return False
        self.rename_wanted.emit(old, new)
        return True

    def _number(self, row: int, column: int) -> int:
        counts = self._counts
        assert counts is not None, "a cell has numbers"
        is_all, is_total = row == len(counts.class_names), column == len(counts.column_names)
        if is_all:
            return counts.total if is_total else int(counts.column_totals[column])
        return int(counts.row_totals[row] if is_total else counts.values[row, column])

    def _shares(self, row: int) -> tuple[float, ...]:
        """The lengths of the parts of a class's bar; the largest class's is 1 long."""
        counts = self._counts
        assert counts is not None, "a cell has numbers"
        if row == len(counts.class_names):
            return ()
        longest = max(int(counts.values.sum(axis=1).max()), 1)
        return tuple(float(value) / longest for value in counts.values[row])


class ClassDelegate(QStyledItemDelegate):
    """Draws the name over a bar of its splits, each in a lighter shade than the one before."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.colours: Colours = LIGHT

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(super().sizeHint(option, index).width(), _ROW_HEIGHT_PX)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        shares = index.data(BAR_ROLE) or ()
        if shares:
            option.rect.setBottom(option.rect.bottom() - _BAR_HEIGHT_PX)
        super().paint(painter, option, index)
        room = option.rect.adjusted(6, 0, -8, 0)
        left, width = float(room.left()), float(room.width())
        painter.save()
        painter.setPen(Qt.PenStyle.NoPen)
        for place, share in enumerate(shares):
            colour = QColor(self.colours.accent)
            colour.setAlphaF(_SHADES[place % len(_SHADES)])
            painter.setBrush(colour)
            painter.drawRect(
                QRectF(left, option.rect.bottom() - 4.0, share * width, _BAR_HEIGHT_PX)
            )
            left += share * width
        painter.restore()
