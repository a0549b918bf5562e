"""A view that draws itself, in the theme's colours, and says what is under the mouse."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize
from PySide6.QtGui import QColor, QHelpEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QToolTip, QWidget

from app.theme import LIGHT, Colours


class DrawnView(QWidget):
    """Paints by ``_paint``, and tells what ``text_at`` says.

    Args:
        name: Object name.
    """

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.colours = LIGHT

    def set_colours(self, colours: Colours) -> None:
        """Draw in the theme's colours."""
        self.colours = colours
        self.update()

    def text_at(self, x: float, y: float) -> str:
        """What lies at this place, in words; empty for nothing."""
        raise NotImplementedError

    def _paint(self, painter: QPainter) -> None:
        raise NotImplementedError

    def sizeHint(self) -> QSize:
        return QSize(260, 200)

    def minimumSizeHint(self) -> QSize:
        return QSize(150, 120)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent):
            text = self.text_at(event.pos().x(), event.pos().y())
            QToolTip.showText(event.globalPos(), text, self)
            return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), QColor(self.colours.background))
        self._paint(painter)
        painter.end()
