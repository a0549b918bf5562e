"""A job of the panel in progress: how far, how fast, how long yet, and a way to stop it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QWidget

from app.dataset_panel.pace import Pace
from app.widgets.button import make_button
from app.widgets.elided_label import ElidedLabel
from fpt_core.events import Progress

_BAR_WIDTH_PX = 320
_STEPS = 1000


class JobBar(QWidget):
    """Hidden while nothing is done.

    Signals:
        stop_wanted(): Stop the job.
    """

    stop_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pace = Pace()
        self.bar = QProgressBar()
        self.bar.setObjectName("importProgress")
        self.bar.setAccessibleName("Progress")
        self.bar.setTextVisible(False)  # a bar without an end would show none
        self.bar.setFixedWidth(_BAR_WIDTH_PX)
        self._text = ElidedLabel("jobText")
        self._cancel = make_button("cancelImport", "Cancel", self._on_cancel)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._text, stretch=1)
        layout.addWidget(self.bar)
        layout.addWidget(self._cancel)
        self.hide()

    @property
    def text(self) -> str:
        """What is being done."""
        return self._text.accessibleName()

    def begin(self, text: str, *, can_stop: bool = True) -> None:
        """Show that something has begun whose length is not known yet."""
        self._pace = Pace()
        self.bar.setRange(0, 0)
        self._say(text)
        self._cancel.setEnabled(True)
        self._cancel.setVisible(can_stop)
        self.show()

    def show_progress(self, event: Progress) -> None:
        """Show how far the job is."""
        self.bar.setRange(0, _STEPS if event.total else 0)
        self.bar.setValue(_STEPS * event.done // event.total if event.total else 0)
        self._say(self._pace.tell(event))
        self.show()

    def end(self) -> None:
        """Show that nothing is done any more."""
        self.hide()

    def _on_cancel(self) -> None:
        self._cancel.setEnabled(False)
        self._say("Stopping…")
        self.stop_wanted.emit()

    def _say(self, text: str) -> None:
        self._text.set_whole_text(text)
