"""An inviting empty state: drop something here, or choose it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget


def dropped_paths(event: QDragEnterEvent | QDropEvent) -> tuple[Path, ...]:
    """The local files and folders in a drag."""
    return tuple(Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile())


class DropZone(QFrame):
    """A dashed area that takes files and folders.

    Args:
        name: Object name.
        title: What can be dropped.
        text: What happens then.
        buttons: Other ways to choose the same.

    Signals:
        dropped(paths): Files and folders were dropped.
    """

    dropped = Signal(tuple)

    def __init__(
        self,
        name: str,
        title: str,
        text: str,
        buttons: tuple[QPushButton, ...],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setProperty("role", "drop")
        self.setAcceptDrops(True)
        heading = QLabel(title)
        heading.setObjectName("title")
        explanation = QLabel(text)
        explanation.setProperty("role", "hint")
        explanation.setWordWrap(True)
        explanation.setFixedWidth(500)
        explanation.setAlignment(Qt.AlignmentFlag.AlignCenter)
        layout = QVBoxLayout(self)
        layout.setSpacing(14)
        layout.addStretch()
        layout.addWidget(heading, alignment=Qt.AlignmentFlag.AlignHCenter)
        # Only a layout without alignment gives a wrapped text the height it needs.
        layout.addLayout(_centred(explanation))
        layout.addLayout(_centred(*buttons))
        layout.addStretch()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if dropped_paths(event):
            event.acceptProposedAction()
            self._mark(True)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._mark(False)

    def dropEvent(self, event: QDropEvent) -> None:
        self._mark(False)
        event.acceptProposedAction()
        self.dropped.emit(dropped_paths(event))

    def _mark(self, over: bool) -> None:
        self.setProperty("over", over)
        self.style().unpolish(self)
        self.style().polish(self)


def _centred(*widgets: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    row.addStretch()
    for widget in widgets:
        row.addWidget(widget)
    row.addStretch()
    return row
