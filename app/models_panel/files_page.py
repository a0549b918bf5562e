"""Model files: those of the project's runs, and those that were opened."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.models_panel.card_view import CardView
from app.training_panel.run_columns import long_name
from app.widgets.background import BackgroundReader
from app.widgets.button import make_button
from fpt_core.config import MODEL_SUFFIX
from fpt_core.dataset.project import Project
from fpt_core.errors import FptError
from fpt_core.model_file import summarise_model

_LIST_WIDTH_PX = 280


class FilesPage(QWidget):
    """A list on the left, the card of the one that is chosen on the right.

    Signals:
        refused(text): Why a file cannot be used.
    """

    refused = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._opened: list[Path] = []
        self._names: dict[Path, str] = {}
        self.list = QListWidget()
        self.list.setObjectName("modelList")
        self.list.setAccessibleName("Model files")
        self.list.setSpacing(2)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.currentItemChanged.connect(lambda item, _: self._on_chosen(item))
        self.open = make_button("openModelFile", "Open a model file…", self.choose_file)
        self.card = CardView()
        self._reader = BackgroundReader(1, self)
        self._reader.done.connect(self._on_read)
        left = QVBoxLayout()
        left.addWidget(self.list, stretch=1)
        left.addWidget(self.open)
        self.list.setFixedWidth(_LIST_WIDTH_PX)
        self.open.setFixedWidth(_LIST_WIDTH_PX)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 12, 12, 12)
        layout.setSpacing(24)
        layout.addLayout(left)
        layout.addWidget(self.card, stretch=1)

    def show_project(self, project: Project | None) -> None:
        """List the models of the project's runs, and below them those that were opened."""
        runs = [] if project is None else project.runs()
        self._names = {run.model_path: long_name(run) for run in runs if run.model_path is not None}
        self._show_list()

    def open_file(self, path: Path) -> None:
        """List this file and show its card."""
        if path not in self._names and path not in self._opened:
            self._opened.insert(0, path)
            self._show_list()
        for row in range(self.list.count()):
            if self.list.item(row).data(Qt.ItemDataRole.UserRole) == path:
                self.list.setCurrentRow(row)
        self._read(path)

    def choose_file(self) -> None:
        """Ask for a model file."""
        file, _ = QFileDialog.getOpenFileName(
            self, "Model file", filter=f"Models (*{MODEL_SUFFIX})"
        )
        if file:
            self.open_file(Path(file))

    def refresh(self) -> None:
        """Read the card again: its backbone may be here now."""
        if self.card.summary is not None:
            self._read(self.card.summary.path)

    def close_readers(self) -> None:
        """Stop reading."""
        self._reader.close()

    def _show_list(self) -> None:
        chosen = self.list.currentItem()
        path = None if chosen is None else chosen.data(Qt.ItemDataRole.UserRole)
        opened = {file: file.name for file in self._opened if file not in self._names}
        with QSignalBlocker(self.list):
            self.list.clear()
            for file, name in (self._names | opened).items():
                item = QListWidgetItem(name)
                item.setData(Qt.ItemDataRole.UserRole, file)
                item.setToolTip(str(file))
                self.list.addItem(item)
                if file == path:
                    self.list.setCurrentItem(item)

    def _on_chosen(self, item: QListWidgetItem | None) -> None:
        if item is not None:
            self._read(item.data(Qt.ItemDataRole.UserRole))

    def _read(self, path: Path) -> None:
        self._wanted = path
        self._reader.start(path, lambda: summarise_model(path))

    def _on_read(self, path: Path, outcome: Any) -> None:
        if path != self._wanted:
            return
        if isinstance(outcome, FptError):
            self.card.show_nothing()
            self.refused.emit(str(outcome))
        else:
            self.card.show_summary(outcome)
