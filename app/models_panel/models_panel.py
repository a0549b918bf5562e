"""Backbones and model files: what is here, what it is good for, whether it can be used."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QTabWidget, QVBoxLayout, QWidget

from app.models_panel.files_page import FilesPage
from app.widgets.message_bar import MessageBar
from fpt_core.dataset.project import Project


class ModelsPanel(QWidget):
    """The Models panel.

    Signals:
        review_wanted(model): Review images with a model file.
    """

    review_wanted = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("modelsPanel")
        self.message = MessageBar("modelsMessage")
        self.files = FilesPage()
        self.tabs = QTabWidget()
        self.tabs.setObjectName("modelsTabs")
        self.tabs.addTab(self.files, "Model files")
        self.files.card.review_wanted.connect(self.review_wanted)
        self.files.refused.connect(lambda text: self.message.say("Not usable", text))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 16, 20, 16)
        layout.setSpacing(10)
        layout.addWidget(self.message)
        layout.addWidget(self.tabs, stretch=1)

    def set_project(self, project: Project | None) -> None:
        """List the models of ``project``."""
        self.files.show_project(project)

    def open_model(self, path: Path) -> None:
        """Show what the model file at ``path`` says of itself."""
        self.message.hide()
        self.tabs.setCurrentWidget(self.files)
        self.files.open_file(path)

    def choose_model(self) -> None:
        """Ask for a model file and show it."""
        self.tabs.setCurrentWidget(self.files)
        self.files.choose_file()

    def close_readers(self) -> None:
        """Stop reading."""
        self.files.close_readers()
