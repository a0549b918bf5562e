"""Draws a thumbnail, or what stands in its place, in the theme's colours."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPixmap

from app.theme import Colours
from fpt_core.errors import FptError


def draw_thumbnail(
    painter: QPainter,
    box: QRect,
    picture: QPixmap | FptError | None,
    colours: Colours,
    missing: str,
    opacity: float = 1.0,
) -> None:
    """Draw ``picture`` in the middle of ``box``, in its own proportions.

    Args:
        painter: What draws.
        box: Where.
        picture: As a ``ThumbnailSource`` gives it: an error where there is none, ``None`` while
            it is awaited.
        colours: The theme's.
        missing: What is written where there is none.
        opacity: Of the picture alone.
    """
    if isinstance(picture, QPixmap):
        size = picture.size().scaled(box.size(), Qt.AspectRatioMode.KeepAspectRatio)
        place = QRect(QPoint(), size)
        place.moveCenter(box.center())
        painter.setOpacity(opacity)
        painter.drawPixmap(place, picture)
        painter.setOpacity(1.0)
        return
    painter.setPen(QPen(QColor(colours.grid), 1))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(box, 4, 4)
    if isinstance(picture, FptError):
        painter.setPen(QColor(colours.muted))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, missing)
