"""A label for names that may be longer than its place."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QWidget

_MIN_WIDTH_PX = 80


class ElidedLabel(QLabel):
    """Shortens its text in the middle, where file names differ least; the tool tip has it whole."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self._whole = ""

    def set_whole_text(self, text: str, tool_tip: str = "") -> None:
        """Show ``text``, shortened as far as it must be."""
        self._whole = text
        self.setToolTip(tool_tip or text)
        self.setAccessibleName(text)
        self._elide()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._elide()

    def minimumSizeHint(self) -> QSize:
        return QSize(_MIN_WIDTH_PX, super().minimumSizeHint().height())

    def _elide(self) -> None:
        room = self.contentsRect().width()
        self.setText(self.fontMetrics().elidedText(self._whole, Qt.TextElideMode.ElideMiddle, room))
