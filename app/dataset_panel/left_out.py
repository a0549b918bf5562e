"""Files that were not imported, grouped by what was wrong with them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from fpt_core.dataset.records import SkippedFile

Index = QModelIndex | QPersistentModelIndex
_PARTICULAR = re.compile(r"“[^”]*”|'[^']*'|\S+\.[A-Za-z]\w{1,5}\b|(?<!\w)\d[\d,.]*(?![\w-])")


def kind_of_reason(reason: str) -> str:
    """The reason without what is particular to one file: its name, its numbers."""
    return _PARTICULAR.sub("…", reason)


def kinds_of_reasons(files: Sequence[SkippedFile]) -> list[tuple[str, int]]:
    """Every kind of reason and how many files it left out, the most frequent first."""
    return Counter(kind_of_reason(file.reason) for file in files).most_common()


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
            if (kind is None or kind_of_reason(file.reason) == kind)
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
