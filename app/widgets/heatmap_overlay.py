"""A token map as a coloured picture, and the legend that goes with it."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QWidget

from app.widgets.pictures import to_qimage
from fpt_core.events import TokenMap
from fpt_core.images.token_colours import coloured

_STEPS = 256


def heatmap_pixmap(token_map: TokenMap | None) -> QPixmap:
    """One pixel per token; the weaker, the clearer."""
    return QPixmap() if token_map is None else QPixmap.fromImage(to_qimage(coloured(token_map)))


class HeatmapLegend(QWidget):
    """The colour scale with its numbers."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("heatmapLegend")
        self.setFixedHeight(34)
        self._ramp = QPixmap()
        self._texts = ("", "", "")

    def show_scale(self, token_map: TokenMap, unit: str) -> None:
        """The scale of a map.

        Args:
            token_map: What is shown.
            unit: ``%`` for shares; another is written after the plain number.
        """
        highest = max(map(abs, token_map.values), default=0.0)
        lowest = -highest if min(token_map.values, default=0.0) < 0 else 0.0
        ramp = TokenMap(1, _STEPS, tuple(np.linspace(lowest, highest, _STEPS)), (0, 0, 1, 1))
        self._ramp = heatmap_pixmap(ramp)
        self._texts = tuple(
            _number(value, unit) for value in (lowest, (lowest + highest) / 2, highest)
        )
        self.setAccessibleName(f"Colour scale from {self._texts[0]} to {self._texts[2]}")
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.drawPixmap(QRectF(0, 2, self.width(), 10).toRect(), self._ramp)
        metrics = painter.fontMetrics()
        for position, text in zip((0.0, 0.5, 1.0), self._texts, strict=True):
            left = position * (self.width() - metrics.horizontalAdvance(text))
            painter.drawText(int(left), 14 + metrics.ascent(), text)


def _number(value: float, unit: str) -> str:
    if unit == "%":
        return f"{100 * value:.2g} %"
    return f"{value:+.2g} {unit}".rstrip() if value else "0"
