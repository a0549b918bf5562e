"""Runs as a table that can be sorted, filtered and written into."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QSortFilterProxyModel,
    Qt,
    Signal,
)

from app.training_panel.run_columns import COLUMNS, NAME, NOTE, STAR
from app.training_panel.run_rows import RunRow

Index = QModelIndex | QPersistentModelIndex
_VALUE = Qt.ItemDataRole.UserRole


class Which(Enum):
    """The runs that are looked at."""

    ALL = "All runs"
    STARRED = "Starred"
    TRASH = "In the trash"


class RunTable(QAbstractTableModel):
    """One row for each run.

    Signals:
        rename_wanted(run_id, name), note_wanted(run_id, note): Written into a cell.
    """

    rename_wanted = Signal(str, str)
    note_wanted = Signal(str, str)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._rows: tuple[RunRow, ...] = ()

    def set_rows(self, rows: Sequence[RunRow]) -> None:
        """Show these runs."""
        self.beginResetModel()
        self._rows = tuple(rows)
        self.endResetModel()

    def row(self, number: int) -> RunRow:
        """The run in a row."""
        return self._rows[number]

    def rowCount(self, parent: Index | None = None) -> int:
        return len(self._rows)

    def columnCount(self, parent: Index | None = None) -> int:
        return len(COLUMNS)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation is Qt.Orientation.Vertical:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return COLUMNS[section].title
        if role == Qt.ItemDataRole.ToolTipRole:
            return COLUMNS[section].explanation
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _side(section)
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        flags = super().flags(index)
        if index.column() in (NAME, NOTE) and self._rows[index.row()].record.trashed is None:
            flags |= Qt.ItemFlag.ItemIsEditable
        return flags

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        row, column = self._rows[index.row()], COLUMNS[index.column()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            return column.text(row)
        if role == _VALUE:
            return column.value(row)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _side(index.column())
        if role == Qt.ItemDataRole.ToolTipRole:
            return column.text(row) if index.column() != STAR else column.explanation
        if role == Qt.ItemDataRole.AccessibleTextRole and index.column() == STAR:
            return "starred" if row.record.starred else "not starred"
        return None

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        text, row = str(value).strip(), self._rows[index.row()]
        if role != Qt.ItemDataRole.EditRole or text == COLUMNS[index.column()].text(row):
            return False
        if index.column() == NOTE:
            self.note_wanted.emit(row.record.id, text)
        elif text:
            self.rename_wanted.emit(row.record.id, text)
        return True


class RunFilter(QSortFilterProxyModel):
    """The runs whose words match, in the order of a column; what is not known comes last."""

    def __init__(self, table: RunTable) -> None:
        super().__init__(table)
        self._table = table
        self._words: list[str] = []
        self._which = Which.ALL
        self.setSourceModel(table)

    def look_for(self, text: str, which: Which) -> None:
        """Show the runs in which all these words are found."""
        self._words, self._which = text.casefold().split(), which
        self.invalidate()

    def run(self, number: int) -> RunRow:
        """The run in a row as it is sorted."""
        return self._table.row(self.mapToSource(self.index(number, 0)).row())

    def runs(self) -> list[RunRow]:
        """All runs that are shown, in their order."""
        return [self.run(number) for number in range(self.rowCount())]

    def filterAcceptsRow(self, source_row: int, source_parent: Index) -> bool:
        row = self._table.row(source_row)
        if self._which is Which.STARRED and not row.record.starred:
            return False
        text = " ".join(column.text(row) for column in COLUMNS[NAME:]).casefold()
        return all(word in text for word in self._words)

    def lessThan(self, left: Index, right: Index) -> bool:
        first, second = left.data(_VALUE), right.data(_VALUE)
        if first is None or second is None:
            is_ascending = self.sortOrder() is Qt.SortOrder.AscendingOrder
            return (first is not None) == is_ascending if first != second else False
        return first < second


def _side(column: int) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignRight if COLUMNS[column].is_number else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter
