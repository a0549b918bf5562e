"""How far the queue is, how long it will yet take, and a way to stop it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QWidget

from app.dataset_panel.pace import Pace
from app.widgets.button import make_button
from app.widgets.elided_label import ElidedLabel
from fpt_core.events import Progress

_BAR_WIDTH_PX = 200
_STEPS = 1000


class QueueBar(QWidget):
    """Hidden while nothing is done.

    Signals:
        stop_wanted(): Stop; what was answered stays.
    """

    stop_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pace = Pace()
        self._bar = QProgressBar()
        self._bar.setObjectName("queueProgress")
        self._bar.setAccessibleName("Progress of the queue")
        self._bar.setTextVisible(False)
        self._bar.setFixedWidth(_BAR_WIDTH_PX)
        self._text = ElidedLabel("queueProgressText")
        self._cancel = make_button("queueCancel", "Cancel", self._on_cancel)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._text, stretch=1)
        layout.addWidget(self._bar)
        layout.addWidget(self._cancel)
        self.hide()

    @property
    def text(self) -> str:
        """What is being done."""
        return self._text.accessibleName()

    def begin(self, text: str) -> None:
        """Show that something has begun whose length is not known yet."""
        self._pace = Pace()
        self._bar.setRange(0, 0)
        self._text.set_whole_text(text)
        self._cancel.setEnabled(True)
        self.show()

    def show_progress(self, event: Progress) -> None:
        """Show how far it is."""
        self._bar.setRange(0, _STEPS if event.total else 0)
        self._bar.setValue(_STEPS * event.done // event.total if event.total else 0)
        if self._cancel.isEnabled():
            self._text.set_whole_text(self._pace.tell(event))
        self.show()

    def end(self) -> None:
        """Show that nothing is done any more."""
        self.hide()

    def _on_cancel(self) -> None:
        self._cancel.setEnabled(False)
        self._text.set_whole_text("Stopping…")
        self.stop_wanted.emit()
