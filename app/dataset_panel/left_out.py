"""Files that were not imported, as a table."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from fpt_core.dataset.left_out import kind_of_reason
from fpt_core.dataset.records import SkippedFile

Index = QModelIndex | QPersistentModelIndex


class LeftOutTable(QAbstractTableModel):
    """File and reason, those that pass the filter."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._files: Sequence[SkippedFile] = ()

    def show_files(self, files: Sequence[SkippedFile], kind: str | None, text: str) -> None:
        """List the files of one kind of reason, or of any, that have ``text`` in them."""
        sought = text.strip().casefold()
        self.beginResetModel()
        self._files = [
            file
            for file in files
            if (kind is None or kind_of_reason(file) == kind)
            and (not sought or sought in f"{file.path} {file.reason}".casefold())
        ]
        self.endResetModel()

    def as_text(self) -> str:
        """The list with one line per file, for the clipboard."""
        return "\n".join(f"{file.path}\t{file.reason}" for file in self._files)

    def rowCount(self, parent: Index | None = None) -> int:
        return len(self._files)

    def columnCount(self, parent: Index | None = None) -> int:
        return 2

    def headerData(
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> Any:
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return ("File", "Why it was left out")[section]
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        file = self._files[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return Path(file.path).name if index.column() == 0 else file.reason
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"{file.path}\n{file.reason}"
        return None
