"""A line between two points of the image, with its length."""

from __future__ import annotations

import math

from PySide6.QtCore import QLineF, Qt
from PySide6.QtGui import QBrush, QColor, QPen
from PySide6.QtWidgets import (
    QGraphicsItem,
    QGraphicsLineItem,
    QGraphicsRectItem,
    QGraphicsSimpleTextItem,
)

_COLOUR = QColor("#ffd54a")
_OUTLINE = QColor(0, 0, 0, 190)
_LABEL_OFFSET_PX = (10, -26)


def length_text(line: QLineF, spacing_mm: tuple[float, float] | None) -> str:
    """The length of ``line``: in millimetres where the distance of pixels is known.

    Args:
        line: In image pixels.
        spacing_mm: Distance between rows and between columns.
    """
    if spacing_mm is None:
        return f"{line.length():.0f} px"
    row, column = spacing_mm
    return f"{math.hypot(line.dy() * row, line.dx() * column):.1f} mm"


class RulerItem(QGraphicsLineItem):
    """The ruler; nothing until a line is measured."""

    def __init__(self, parent: QGraphicsItem) -> None:
        super().__init__(parent)
        self._outline = QGraphicsLineItem(self)
        self._outline.setFlag(QGraphicsItem.GraphicsItemFlag.ItemStacksBehindParent)
        self._label = QGraphicsRectItem(self)
        # Readable at every zoom, and upright however the image is turned.
        self._label.setFlag(QGraphicsItem.GraphicsItemFlag.ItemIgnoresTransformations)
        self._label.setBrush(QBrush(_OUTLINE))
        self._label.setPen(Qt.PenStyle.NoPen)
        self._text = QGraphicsSimpleTextItem(self._label)
        self._text.setBrush(QBrush(_COLOUR))
        self.setPen(_cosmetic(_COLOUR, 2))
        self._outline.setPen(_cosmetic(_OUTLINE, 4))
        self.hide()

    @property
    def text(self) -> str:
        """The length in words; empty where nothing is measured."""
        return self._text.text() if self.isVisible() else ""

    def measure(self, line: QLineF, spacing_mm: tuple[float, float] | None) -> None:
        """Show ``line``, in image pixels."""
        self.setLine(line)
        self._outline.setLine(line)
        self._text.setText(length_text(line, spacing_mm))
        self._text.setPos(*_LABEL_OFFSET_PX)
        box = self._text.boundingRect().translated(*_LABEL_OFFSET_PX)
        self._label.setRect(box.adjusted(-5, -2, 5, 2))
        self._label.setPos(line.p2())
        self.show()


def _cosmetic(colour: QColor, width: int) -> QPen:
    """A pen of the same width at every zoom."""
    pen = QPen(colour, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap)
    pen.setCosmetic(True)
    return pen
