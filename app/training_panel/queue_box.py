"""Runs that wait for their turn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from app.dataset_panel.words import count_of
from app.training_panel.advanced_form import NO_STEPS
from app.training_panel.words import about, method_name, size_text
from app.widgets.button import make_button
from app.widgets.order_list import OrderList
from app.widgets.section import make_hint
from fpt_core.dataset.queue_table import QueuedRun
from fpt_core.jobs.estimates import Outlook

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
        self._total = make_hint("queueTotal")
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
        for widget in (self._title, self._total, self.entries, self._hint, self.start):
            layout.addWidget(widget)
        self.show_queue((), {}, idle=True)

    def show_queue(
        self, queue: Sequence[QueuedRun], outlooks: Mapping[int, Outlook], *, idle: bool
    ) -> None:
        """Show these entries, with what they will take; while ``idle`` the first can be started."""
        self._title.setText(f"Queue ({len(queue)})")
        known = {entry.id: outlooks[entry.id] for entry in queue if entry.id in outlooks}
        self._total.setText(_total(list(known.values())))
        self._total.setVisible(bool(known))
        self.entries.show_items(
            [(entry.id, f"{describe(entry)}{_line(known.get(entry.id))}") for entry in queue]
        )
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
    if prepare["method"] not in NO_STEPS:
        parts += [f"batch {training['batch_size']}", f"{training['epochs']} epochs"]
    backbone = prepare["backbone"]["name"] or "best backbone here"
    return f"{method_name(prepare['method'])} · {backbone}\n{', '.join(parts)}"


def _line(outlook: Outlook | None) -> str:
    """What an entry will take, as a line below the others."""
    if outlook is None:
        return ""
    if outlook.cost is None:
        return f"\n{outlook.why_not}"
    cost = outlook.cost
    taken = f"{about(cost.seconds.value)}, {size_text(cost.memory_bytes.value)} of memory"
    return f"\n{taken}" if cost.fits else f"\n▲ Does not fit: {taken}"


def _total(outlooks: Sequence[Outlook]) -> str:
    seconds = [one.cost.seconds.value for one in outlooks if one.cost is not None]
    unknown = len(outlooks) - len(seconds)
    if not seconds:
        return "How long they will take is not known yet."
    beside = f", and {count_of(unknown, 'run')} of unknown length" if unknown else " in all"
    return f"{about(sum(seconds)).capitalize()}{beside}"
