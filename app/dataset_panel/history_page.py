"""The changes made by hand, the latest first, and the way back."""

from __future__ import annotations

from datetime import datetime

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QListWidget, QVBoxLayout, QWidget

from app.widgets.button import make_button
from fpt_core.dataset.edit_table import Edit


class HistoryPage(QWidget):
    """The list of edits.

    Signals:
        undo_wanted(): Take the latest change back.
    """

    undo_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.undo = make_button("undoEdit", "Undo the latest change", self.undo_wanted.emit)
        self._empty = QLabel("Labels and exclusions are as they were imported.")
        self._empty.setProperty("role", "hint")
        self._empty.setWordWrap(True)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.list = QListWidget()
        self.list.setObjectName("editList")
        self.list.setAccessibleName("Changes made by hand, the latest first")
        self.list.setWordWrap(True)
        self.list.setSpacing(4)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        layout = QVBoxLayout(self)
        layout.addWidget(self._empty)
        layout.addWidget(self.list, stretch=1)
        layout.addWidget(self.undo)
        self.show_edits(())

    def show_edits(self, edits: tuple[Edit, ...]) -> None:
        """List these changes."""
        self._empty.setVisible(not edits)
        self.list.setVisible(bool(edits))
        self.undo.setEnabled(bool(edits))
        self.undo.setToolTip(f"Ctrl+Z: {edits[0].what}" if edits else "")
        self.list.clear()
        for edit in edits:
            when = datetime.fromisoformat(edit.created)
            who = f" · {edit.reader}" if edit.reader else ""
            self.list.addItem(f"{edit.what}\n{when:%d %B %Y, %H:%M}{who}")
