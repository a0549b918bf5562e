"""The picture on the scene: draws the part that is on screen, at the size it has there."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from app.viewer.picture_levels import PictureLevels
from app.widgets.pictures import to_qimage
from fpt_core.images import Box, Window

_SMOOTH_BELOW = 2.0
"""Screen pixels per image pixel from which single pixels are shown as squares."""


class PictureItem(QGraphicsItem):
    """One frame, one scene unit per image pixel."""

    def __init__(self) -> None:
        super().__init__()
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemUsesExtendedStyleOption)
        self._picture: PictureLevels | None = None
        self._inverted = False
        self._greys: NDArray[np.uint8] = np.empty(0, np.uint8)
        self._kept: tuple[tuple[int, Box], QImage] | None = None

    def set_picture(self, picture: PictureLevels | None) -> None:
        """Draw ``picture`` from now on; say next how with ``set_display``."""
        self.prepareGeometryChange()
        self._picture, self._kept = picture, None

    def set_display(self, window: Window | None, inverted: bool) -> None:
        """Draw with this window; ``None``: as the file asks."""
        self._inverted, self._kept = inverted, None
        if self._picture is not None and not self._picture.pixels.is_colour:
            self._greys = self._picture.greys(window, inverted)
        self.update()

    def boundingRect(self) -> QRectF:
        width, height = (0, 0) if self._picture is None else self._picture.size
        return QRectF(0, 0, width, height)

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Draw what is exposed."""
        if self._picture is None:
            return
        scale = QStyleOptionGraphicsItem.levelOfDetailFromTransform(painter.deviceTransform())
        level = self._picture.level_at(scale)
        box = self._box(option.exposedRect, level)
        if box[0] >= box[2] or box[1] >= box[3]:
            return
        left, top, right, bottom = (side * 2**level for side in box)
        smooth = scale < _SMOOTH_BELOW
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, smooth)
        painter.drawImage(QRectF(left, top, right - left, bottom - top), self._image(level, box))

    def _box(self, exposed: QRectF, level: int) -> Box:
        """The part of a level that covers ``exposed``, with a pixel around for the filter."""
        assert self._picture is not None, "only a picture is drawn"
        height, width = self._picture.levels[level].shape[:2]
        share = 2**-level
        return (
            max(0, math.floor(exposed.left() * share) - 1),
            max(0, math.floor(exposed.top() * share) - 1),
            min(width, math.ceil(exposed.right() * share) + 1),
            min(height, math.ceil(exposed.bottom() * share) + 1),
        )

    def _image(self, level: int, box: Box) -> QImage:
        assert self._picture is not None, "only a picture is drawn"
        if self._kept is None or self._kept[0] != (level, box):
            shown = self._picture.shown(level, box, self._greys, self._inverted)
            self._kept = (level, box), to_qimage(shown)
        return self._kept[1]
