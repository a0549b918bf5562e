"""A watched folder: what arrives there is answered, and logged."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QWidget

from app.engine.engine_thread import EngineThread
from app.widgets.button import make_button
from app.widgets.elided_label import ElidedLabel
from fpt_core.events import Event, Failed, Predicted, PredictionFailed, Progress, Stopped, Warned
from fpt_core.jobs.requests import WatchRequest


class WatchBar(QWidget):
    """Hidden while no folder is watched. It has a process of its own.

    Signals:
        failed(text): The watch cannot go on.
        watching_changed(watches): It has begun or ended.
    """

    failed = Signal(str)
    watching_changed = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("watchBar")
        self._engine = EngineThread("watch", self)
        self._engine.event_received.connect(self._on_event)
        self._engine.worker_died.connect(self._on_died)
        self._folder = Path()
        self._latest = ""
        self._text = ElidedLabel("watchText")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._text, stretch=1)
        layout.addWidget(make_button("stopWatch", "Stop watching", self.stop))
        self.hide()

    @property
    def text(self) -> str:
        """What is being said."""
        return self._text.accessibleName()

    def choose(self, model: Path) -> None:
        """Ask which folder to watch, and where to log."""
        folder = QFileDialog.getExistingDirectory(self, "Folder to watch")
        if not folder:
            return
        suggested = str(Path(folder).with_name(f"{Path(folder).name}-answers.csv"))
        log, _ = QFileDialog.getSaveFileName(
            self,
            "Log of the answers (an existing one is gone on with)",
            suggested,
            "Tables (*.csv)",
            options=QFileDialog.Option.DontConfirmOverwrite,
        )
        if log:
            self.watch(WatchRequest(model, Path(folder), Path(log)))

    def watch(self, request: WatchRequest) -> None:
        """Answer what arrives, until stopped."""
        if not self._engine.isRunning():
            self._engine.start()
        self._folder, self._latest = request.folder, "nothing new yet"
        self._engine.submit(request)
        self._text.set_whole_text(f"Watching {request.folder.name}…", str(request.folder))
        self.show()
        self.watching_changed.emit(True)

    def stop(self) -> None:
        """Stop watching; all that was answered is in the log."""
        self._engine.stop()

    def close_engine(self) -> None:
        """End the worker."""
        if self._engine.isRunning():
            self._engine.shutdown()

    def _on_event(self, event: Event) -> None:
        match event:
            case Progress():
                text = f"Watching {self._folder.name}: {event.done:,} answered · {self._latest}"
                self._text.set_whole_text(text, str(self._folder))
            case Predicted():
                share = event.probabilities[event.best]
                name = event.class_names[event.best]
                self._latest = f"{Path(event.path).name}: {name}, {share:.0%}"
            case PredictionFailed():
                self._latest = event.message
            case Warned():
                self._latest = event.message
            case Failed():
                self._end()
                self.failed.emit(f"{event.message} {event.remedy}".strip())
            case Stopped():
                self._end()

    def _on_died(self, _exit_code: int) -> None:
        self._end()
        self.failed.emit("The watch was ended by the system; what it answered is in the log.")

    def _end(self) -> None:
        self.hide()
        self.watching_changed.emit(False)
