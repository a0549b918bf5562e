"""Draws one image of the gallery: its thumbnail, its class and its split."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPen
from PySide6.QtWidgets import QAbstractItemDelegate, QStyle, QStyleOptionViewItem, QWidget

from app.dataset_panel.gallery_model import GalleryModel, Index
from app.dataset_panel.words import SPLIT_WORDS
from app.theme import LIGHT, Colours
from app.widgets.thumbnail_painting import draw_thumbnail
from app.widgets.thumbnail_source import ThumbnailSource
from fpt_core.dataset.records import ImageRecord

THUMBNAIL_PX = 112
CELL = QSize(132, 172)
_MARGIN_PX = 4
_PADDING_PX = 8
_FADED = 0.35


class ThumbnailDelegate(QAbstractItemDelegate):
    """Draws from the source of thumbnails, in the theme's colours.

    Args:
        model: Whose images are drawn.
        source: Where their thumbnails are.
    """

    def __init__(self, model: GalleryModel, source: ThumbnailSource, parent: QWidget) -> None:
        super().__init__(parent)
        self._model, self._source = model, source
        self.colours: Colours = LIGHT

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return CELL

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        image = self._model.image(index.row())
        group = self._model.group(index.row())
        rect = option.rect.adjusted(_MARGIN_PX, _MARGIN_PX, -_MARGIN_PX, -_MARGIN_PX)
        self._draw_background(painter, rect, option.state, group)
        box = QRect(0, 0, THUMBNAIL_PX, THUMBNAIL_PX)
        box.moveCenter(QPoint(rect.center().x(), rect.top() + _PADDING_PX + THUMBNAIL_PX // 2))
        self._draw_picture(painter, box, image)
        place = SPLIT_WORDS[image.split]
        if image.excluded:
            place = "Excluded"
        if group is not None:
            place = f"№ {group} · {place}"
        left = rect.left() + _PADDING_PX
        line = QRect(left, box.bottom() + 3, rect.width() - 2 * _PADDING_PX, 18)
        self._draw_text(painter, line, image.class_name, self.colours.text)
        self._draw_text(painter, line.translated(0, 18), place, self.colours.muted)

    def _draw_background(
        self, painter: QPainter, rect: QRect, state: QStyle.StateFlag, group: int | None
    ) -> None:
        selected = bool(state & QStyle.StateFlag.State_Selected)
        focused = bool(state & QStyle.StateFlag.State_HasFocus)
        fill = QColor(self.colours.surface)
        if selected:
            fill = QColor(self.colours.accent)
            fill.setAlphaF(0.22)
        elif group is None or group % 2 == 0:
            fill.setAlpha(0)
        painter.setBrush(fill)
        painter.setPen(Qt.PenStyle.NoPen)
        if selected or focused:
            painter.setPen(QPen(QColor(self.colours.accent), 2 if selected else 1))
        painter.drawRoundedRect(rect, 6, 6)

    def _draw_picture(self, painter: QPainter, box: QRect, image: ImageRecord) -> None:
        picture = self._source.picture(image)
        opacity = _FADED if image.excluded else 1.0
        draw_thumbnail(painter, box, picture, self.colours, "not found\nor unreadable", opacity)
        if image.excluded:
            painter.setPen(QPen(QColor(self.colours.warning), 2))
            painter.drawLine(box.bottomLeft(), box.topRight())

    def _draw_text(self, painter: QPainter, line: QRect, text: str, colour: str) -> None:
        painter.setPen(QColor(colour))
        shown = QFontMetrics(painter.font()).elidedText(
            text, Qt.TextElideMode.ElideMiddle, line.width()
        )
        painter.drawText(line, Qt.AlignmentFlag.AlignCenter, shown)
