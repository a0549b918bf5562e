"""A token map as a coloured picture, and the legend that goes with it."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QWidget

from app.widgets.pictures import to_qimage
from fpt_core.events import TokenMap

COLOUR_MAP = "inferno"
"""Perceptually even and ordered by lightness, so that it reads without colour vision."""

_FADE = 3.0
"""Below a third of the scale the colour fades, so that what was not kept stays visible."""


@cache
def _table() -> NDArray[np.uint8]:
    """Red, green and blue of 256 values."""
    from pyqtgraph import colormap  # a third of what the window needs to start

    table: NDArray[np.uint8] = colormap.get(COLOUR_MAP).getLookupTable(nPts=256).astype(np.uint8)
    return table


def heatmap_pixmap(token_map: TokenMap | None) -> QPixmap:
    """One pixel per token, coloured from never kept (clear) to kept most often."""
    if token_map is None:
        return QPixmap()
    values = np.array(token_map.values, dtype=np.float32).reshape(token_map.rows, token_map.cols)
    scaled = values / max(float(values.max()), 1e-9)
    colours = _table()[np.round(255 * scaled).astype(np.intp)]
    alpha = np.round(255 * np.clip(_FADE * scaled, 0, 1))[..., np.newaxis]
    return QPixmap.fromImage(to_qimage(np.concatenate([colours, alpha.astype(np.uint8)], axis=2)))


class HeatmapLegend(QWidget):
    """The colour scale with its numbers."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("heatmapLegend")
        self.setFixedHeight(34)
        self._highest = 1.0

    def set_highest(self, share: float) -> None:
        """The share that the brightest colour stands for."""
        self._highest = share
        self.setAccessibleName(f"Colour scale from 0 % to {share:.0%} of the heads")
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        ramp = to_qimage(np.ascontiguousarray(_table()[np.newaxis]))
        painter.drawImage(QRectF(0, 2, self.width(), 10), ramp)
        texts = (
            "0 %",
            f"{self._highest / 2:.0%}".replace("%", " %"),
            f"{self._highest:.0%}".replace("%", " %"),
        )
        metrics = painter.fontMetrics()
        for position, text in zip((0.0, 0.5, 1.0), texts, strict=True):
            left = position * (self.width() - metrics.horizontalAdvance(text))
            painter.drawText(int(left), 14 + metrics.ascent(), text)
