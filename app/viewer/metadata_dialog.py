"""What a file says of itself; what could identify a person only when asked, on screen only."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QHeaderView,
    QLabel,
    QLineEdit,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.widgets.background import BackgroundReader
from fpt_core.errors import FptError
from fpt_core.images.metadata import Attribute, read_metadata


class MetadataDialog(QDialog):
    """The metadata page of one file."""

    def __init__(self, path: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("metadataDialog")
        self.setWindowTitle("What the file says of itself")
        self.resize(620, 560)
        self._attributes: tuple[Attribute, ...] = ()
        self.search = QLineEdit()
        self.search.setObjectName("metadataSearch")
        self.search.setAccessibleName("Search")
        self.search.setPlaceholderText("Search")
        self.search.setClearButtonEnabled(True)
        self.identifying = QCheckBox("Show what could identify the patient (on screen only)")
        self.identifying.setObjectName("showIdentifying")
        self.identifying.setAccessibleName(self.identifying.text())
        self._hidden = QLabel("Reading…")
        self._hidden.setProperty("role", "hint")
        self.table = QTableWidget(0, 2)
        self.table.setObjectName("metadataTable")
        self.table.setAccessibleName("Attributes and values")
        self.table.setHorizontalHeaderLabels(["Attribute", "Value"])
        self.table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.table.verticalHeader().hide()
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        layout = QVBoxLayout(self)
        for widget in (self.search, self.table, self._hidden, self.identifying):
            layout.addWidget(widget)
        self.search.textChanged.connect(self._fill)
        self.identifying.toggled.connect(self._fill)
        self._reader = BackgroundReader(1, self)
        self._reader.done.connect(self._on_read)
        self._reader.start(path, lambda: read_metadata(path))
        self.finished.connect(self._reader.close)

    def _on_read(self, key: Path, result: Any) -> None:
        if isinstance(result, FptError):
            self._hidden.setText(str(result))
            return
        self._attributes = result
        self._fill()

    def _fill(self) -> None:
        sought = self.search.text().casefold()
        shown = [
            attribute
            for attribute in self._attributes
            if (self.identifying.isChecked() or not attribute.identifies)
            and sought in f"{attribute.name} {attribute.value}".casefold()
        ]
        self.table.setRowCount(len(shown))
        for row, attribute in enumerate(shown):
            for column, text in enumerate((attribute.name, attribute.value)):
                item = QTableWidgetItem(text)
                item.setToolTip(text)
                self.table.setItem(row, column, item)
        hidden = sum(attribute.identifies for attribute in self._attributes)
        self._hidden.setText(
            f"{hidden} attributes could identify a person"
            f" and are {'shown' if self.identifying.isChecked() else 'hidden'}."
        )
