"""Runs that wait for their turn."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from app.training_panel.words import method_name
from app.widgets.button import make_button
from app.widgets.order_list import OrderList
from app.widgets.section import make_hint
from fpt_core.dataset.queue_table import QueuedRun

_WIDTH_PX = 230


class QueueBox(QWidget):
    """Hidden while nothing waits.

    Signals:
        moved(number, position): Move an entry.
        remove_wanted(number): Take an entry out.
        start_wanted(): Begin with the first.
    """

    moved = Signal(int, int)
    remove_wanted = Signal(int)
    start_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("queueBox")
        self.setFixedWidth(_WIDTH_PX)
        self._title = QLabel()
        self._title.setProperty("role", "heading")
        self.entries = OrderList("queue", "Runs that wait, the next one first")
        self.entries.moved.connect(self.moved)
        self.entries.list.itemSelectionChanged.connect(self._on_selected)
        self.remove = make_button("removeQueued", "Remove", self._on_remove)
        self.remove.setProperty("role", "small")
        self.entries.buttons.addWidget(self.remove)
        self._hint = make_hint("queueHint", "The queue waits until you start it.")
        self.start = make_button("startQueue", "Start the queue", self.start_wanted.emit)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        for widget in (self._title, self.entries, self._hint, self.start):
            layout.addWidget(widget)
        self.show_queue((), idle=True)

    def show_queue(self, queue: Sequence[QueuedRun], *, idle: bool) -> None:
        """Show these entries; while ``idle`` the first one can be started."""
        self._title.setText(f"Queue ({len(queue)})")
        self.entries.show_items([(entry.id, describe(entry)) for entry in queue])
        self._hint.setVisible(idle)
        self.start.setVisible(idle)
        self.setVisible(bool(queue))
        self._on_selected()

    def _on_selected(self) -> None:
        self.remove.setEnabled(self.entries.current is not None)

    def _on_remove(self) -> None:
        number = self.entries.current
        if number is not None:
            self.remove_wanted.emit(number)


def describe(entry: QueuedRun) -> str:
    """An entry in two lines: what is trained, and with which sizes."""
    if entry.resume is not None:
        return f"Go on with {entry.resume}"
    prepare, training = entry.settings["prepare"], entry.settings["training"]
    size = prepare["image_size"]
    parts = [f"{size} px"] if size else []
    parts += [f"batch {training['batch_size']}", f"{training['epochs']} epochs"]
    backbone = prepare["backbone"]["name"] or "best backbone here"
    return f"{method_name(prepare['method'])} · {backbone}\n{', '.join(parts)}"
