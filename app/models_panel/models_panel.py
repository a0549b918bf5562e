"""Backbones and model files: what is here, what it is good for, whether it can be used."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QTabWidget, QVBoxLayout, QWidget

from app.engine.engine_thread import EngineThread
from app.models_panel.backbones_page import BackbonesPage
from app.models_panel.files_page import FilesPage
from app.widgets.message_bar import MessageBar
from fpt_core.dataset.project import Project
from fpt_core.events import Event, Failed, Finished, Stopped
from fpt_core.jobs.requests import AddBackboneRequest, DownloadBackboneRequest


class ModelsPanel(QWidget):
    """The Models panel; a worker of its own adds backbones, so that training goes on meanwhile.

    Signals:
        review_wanted(model): Review images with a model file.
        backbones_changed(): There is one more on this machine.
    """

    review_wanted = Signal(object)
    backbones_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("modelsPanel")
        self.message = MessageBar("modelsMessage")
        self.files = FilesPage()
        self.backbones = BackbonesPage()
        self.tabs = QTabWidget()
        self.tabs.setObjectName("modelsTabs")
        self.tabs.addTab(self.files, "Model files")
        self.tabs.addTab(self.backbones, "Backbones")
        self._engine = EngineThread("backbones", self)
        self._engine.event_received.connect(self._on_event)
        self._engine.worker_died.connect(self._on_worker_died)
        self.files.card.review_wanted.connect(self.review_wanted)
        self.files.refused.connect(lambda text: self.message.say("Not usable", text))
        self.backbones.job_wanted.connect(self._on_job_wanted)
        self.backbones.stop_wanted.connect(self._engine.stop)
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

    def show_backbones(self) -> None:
        """Bring the list of backbones to the front."""
        self.backbones.refresh()
        self.tabs.setCurrentWidget(self.backbones)

    def close_readers(self) -> None:
        """Stop reading, and the worker; a download that is cut goes on the next time."""
        self.files.close_readers()
        if self._engine.isRunning():
            self._engine.shutdown()

    def _on_job_wanted(self, request: AddBackboneRequest | DownloadBackboneRequest) -> None:
        self.message.hide()
        if not self._engine.isRunning():
            self._engine.start()
        self._engine.submit(request)

    def _on_event(self, event: Event) -> None:
        match event:
            case Finished():
                self._end("Added", f"{event.result['name']} can be chosen for the next run.")
                self.files.refresh()
                self.backbones_changed.emit()
            case Stopped():
                self._end("Cancelled", "What has arrived is kept: a download goes on from there.")
            case Failed():
                self._end("Not added", f"{event.message} {event.remedy}")
            case _:
                self.backbones.show_event(event)

    def _on_worker_died(self, exit_code: int) -> None:
        self._end(
            "Not added",
            "The process that adds backbones was ended by the system, perhaps for lack of memory. "
            "Nothing was changed.",
        )

    def _end(self, kind: str, text: str) -> None:
        self.backbones.set_busy(False)
        self.backbones.refresh()
        self.message.say(kind, text)
        self._engine.retire()  # what it needs of memory is needed more elsewhere
