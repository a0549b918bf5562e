"""The list of files that were not imported, with reasons."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from app.dataset_panel.left_out import LeftOutTable
from app.widgets.button import make_button
from fpt_core.dataset.left_out import kinds_of_reasons
from fpt_core.dataset.records import SkippedFile

_TYPING_MS = 150
_ROW_HEIGHT_PX = 28
_FILE_WIDTH_PX = 140
_REASONS_SHARE, _FILES_SHARE = 2, 3


class LeftOutPage(QWidget):
    """Reasons with their numbers above, the files of the chosen one below."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._files: tuple[SkippedFile, ...] = ()
        self._typing = QTimer(self, singleShot=True, interval=_TYPING_MS)
        self._typing.timeout.connect(self._show)
        self._empty = QLabel("Every file was imported.")
        self._empty.setProperty("role", "hint")
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.reasons = QListWidget()
        self.reasons.setObjectName("reasonList")
        self.reasons.setAccessibleName("Reasons, with the number of files")
        self.reasons.setWordWrap(True)
        self.reasons.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.reasons.currentItemChanged.connect(self._show)
        self.text = QLineEdit()
        self.text.setObjectName("leftOutText")
        self.text.setAccessibleName("Search the files left out")
        self.text.setPlaceholderText("Search…")
        self.text.setClearButtonEnabled(True)
        self.text.textChanged.connect(self._typing.start)
        self._copy = make_button("copyLeftOut", "Copy list", self._on_copy)
        self.files = LeftOutTable(self)
        self.table = self._make_table()
        self._lay_out()

    def _make_table(self) -> QTableView:
        table = QTableView()
        table.setObjectName("leftOutTable")
        table.setAccessibleName("Files left out, with reasons")
        table.setModel(self.files)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setWordWrap(False)
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(_ROW_HEIGHT_PX)
        table.horizontalHeader().setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        table.setColumnWidth(0, _FILE_WIDTH_PX)
        return table

    def _lay_out(self) -> None:
        bar = QHBoxLayout()
        bar.addWidget(self.text, stretch=1)
        bar.addWidget(self._copy)
        self._full = QWidget()
        full = QVBoxLayout(self._full)
        full.setContentsMargins(0, 0, 0, 0)
        full.addWidget(self.reasons, stretch=_REASONS_SHARE)
        full.addLayout(bar)
        full.addWidget(self.table, stretch=_FILES_SHARE)
        layout = QVBoxLayout(self)
        layout.addWidget(self._empty)
        layout.addWidget(self._full)

    def show_files(self, files: tuple[SkippedFile, ...]) -> None:
        """List these files."""
        self._files = files
        self._empty.setVisible(not files)
        self._full.setVisible(bool(files))
        with QSignalBlocker(self.reasons):
            self.reasons.clear()
            self._add_reason(f"{len(files):,} · for any reason", None)
            for kind, number in kinds_of_reasons(files):
                self._add_reason(f"{number:,} · {kind}", kind)
            self.reasons.setCurrentRow(0)
        self._show()

    def _add_reason(self, text: str, kind: str | None) -> None:
        item = QListWidgetItem(text)
        item.setData(Qt.ItemDataRole.UserRole, kind)
        item.setToolTip(text)
        self.reasons.addItem(item)

    def _show(self) -> None:
        item = self.reasons.currentItem()
        kind = None if item is None else item.data(Qt.ItemDataRole.UserRole)
        self.files.show_files(self._files, kind, self.text.text())

    def _on_copy(self) -> None:
        QGuiApplication.clipboard().setText(self.files.as_text())
