"""The first rows of a table of labels, with what each column is used for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from fpt_core.dataset.importers.sketch import TableSketch

Index = QModelIndex | QPersistentModelIndex


class RowPreview(QAbstractTableModel):
    """Read only; ``set_roles`` puts a word over the columns that are used."""

    def __init__(self, table: TableSketch, parent: QObject) -> None:
        super().__init__(parent)
        self._table = table
        self._roles: Mapping[str, str] = {}

    def set_roles(self, roles: Mapping[str, str]) -> None:
        """Say what each column is used for, by its name."""
        self._roles = roles
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(self._table.names) - 1)

    def rowCount(self, parent: Index | None = None) -> int:
        return len(self._table.rows)

    def columnCount(self, parent: Index | None = None) -> int:
        return len(self._table.names)

    def headerData(
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> Any:
        if orientation is Qt.Orientation.Vertical:
            return None
        name = self._table.names[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return f"{name}\n{self._roles.get(name, '–')}"
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        if role == Qt.ItemDataRole.ToolTipRole:
            return name
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            row = self._table.rows[index.row()]
            return row[index.column()] if index.column() < len(row) else ""
        return None
