"""A short list whose order can be changed with mouse and keys."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.widgets.button import make_button


class OrderList(QWidget):
    """Items in an order: drag one, or move it with the buttons or Alt and the arrow keys.

    Args:
        name: Object name; its parts add to it.
        accessible_name: For screen readers.

    Signals:
        moved(number, position): The item of this number was moved to a position from 0.
    """

    moved = Signal(int, int)

    def __init__(self, name: str, accessible_name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.list = QListWidget()
        self.list.setObjectName(name)
        self.list.setAccessibleName(accessible_name)
        self.list.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.list.setWordWrap(True)
        self.list.setSpacing(3)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.model().rowsMoved.connect(self._on_rows_moved)
        self.list.currentRowChanged.connect(lambda _: self._update_buttons())
        self.up = make_button(f"{name}Up", "▲", lambda: self._move(-1))
        self.down = make_button(f"{name}Down", "▼", lambda: self._move(1))
        for button, text, keys, step in (
            (self.up, "Move up", "Alt+Up", -1),
            (self.down, "Move down", "Alt+Down", 1),
        ):
            button.setProperty("role", "small")
            button.setAccessibleName(text)
            button.setToolTip(f"{text} ({keys})")
            shortcut = QShortcut(QKeySequence(keys), self.list)
            shortcut.setContext(Qt.ShortcutContext.WidgetShortcut)
            shortcut.activated.connect(lambda step=step: self._move(step))
        self.buttons = QHBoxLayout()
        self.buttons.addWidget(self.up)
        self.buttons.addWidget(self.down)
        self.buttons.addStretch()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.list, stretch=1)
        layout.addLayout(self.buttons)
        self._update_buttons()

    def show_items(self, items: Sequence[tuple[int, str]]) -> None:
        """Show these numbers and texts; the one that was chosen stays chosen."""
        chosen = self.current
        with QSignalBlocker(self.list), QSignalBlocker(self.list.model()):
            self.list.clear()
            for number, text in items:
                item = QListWidgetItem(text)
                item.setData(Qt.ItemDataRole.UserRole, number)
                item.setToolTip(text)
                self.list.addItem(item)
        numbers = self.numbers
        self.list.setCurrentRow(numbers.index(chosen) if chosen in numbers else -1)
        self.list.doItemsLayout()
        self._update_buttons()

    @property
    def current(self) -> int | None:
        """The number of the item that is chosen."""
        item = self.list.currentItem()
        return None if item is None else item.data(Qt.ItemDataRole.UserRole)

    @property
    def numbers(self) -> list[int]:
        """The numbers in their present order."""
        rows = range(self.list.count())
        return [self.list.item(row).data(Qt.ItemDataRole.UserRole) for row in rows]

    def _move(self, step: int) -> None:
        row = self.list.currentRow()
        if row < 0 or not 0 <= row + step < self.list.count():
            return
        with QSignalBlocker(self.list.model()):
            item = self.list.takeItem(row)
            self.list.insertItem(row + step, item)
        self.list.setCurrentRow(row + step)
        self.list.doItemsLayout()
        self.moved.emit(item.data(Qt.ItemDataRole.UserRole), row + step)

    def _on_rows_moved(
        self, parent: QModelIndex, first: int, last: int, to: QModelIndex, before: int
    ) -> None:
        row = before - 1 if before > first else before
        self._update_buttons()
        self.moved.emit(self.list.item(row).data(Qt.ItemDataRole.UserRole), row)

    def _update_buttons(self) -> None:
        row = self.list.currentRow()
        self.up.setEnabled(row > 0)
        self.down.setEnabled(0 <= row < self.list.count() - 1)
