"""Cases as a list of thumbnails with label and answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QSize,
    Qt,
)
from PySide6.QtGui import QColor, QFont, QPainter, QPen
from PySide6.QtWidgets import QAbstractItemDelegate, QStyle, QStyleOptionViewItem, QWidget

from app.review_panel.cases import Case
from app.theme import LIGHT, Colours
from app.widgets.thumbnail_painting import draw_thumbnail
from app.widgets.thumbnail_source import ThumbnailSource

THUMBNAIL_PX = 64
CELL = QSize(200, 80)
_PADDING_PX = 8
Index = QModelIndex | QPersistentModelIndex


class CaseModel(QAbstractListModel):
    """Holds no pixels: the delegate draws them."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.cases: Sequence[Case] = ()
        self.class_names: tuple[str, ...] = ()

    def show_cases(self, cases: Sequence[Case], class_names: tuple[str, ...]) -> None:
        """List these."""
        self.beginResetModel()
        self.cases, self.class_names = cases, class_names
        self.endResetModel()

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.cases)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        case = self.cases[index.row()]
        truth, given = self.class_names[case.truth], self.class_names[case.given]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            word = "mistake" if case.is_mistake else "right"
            return f"{word}: label {truth}, model {given} {case.probability:.2f}"
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"{case.image.path.name}\nLabel {truth}\nModel {given} {case.probability:.2f}"
        return None


class CaseDelegate(QAbstractItemDelegate):
    """Draws a case in the theme's colours.

    Args:
        model: Whose cases are drawn.
        source: Where their thumbnails are.
    """

    def __init__(self, model: CaseModel, source: ThumbnailSource, parent: QWidget) -> None:
        super().__init__(parent)
        self._model, self._source = model, source
        self.colours: Colours = LIGHT

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return CELL

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        case = self._model.cases[index.row()]
        rect = option.rect.adjusted(2, 2, -2, -2)
        if option.state & QStyle.StateFlag.State_Selected:
            fill = QColor(self.colours.accent)
            fill.setAlphaF(0.22)
            painter.setBrush(fill)
            painter.setPen(QPen(QColor(self.colours.accent), 2))
            painter.drawRoundedRect(rect, 6, 6)
        box = QRect(rect.left() + _PADDING_PX, 0, THUMBNAIL_PX, THUMBNAIL_PX)
        box.moveCenter(QPoint(box.center().x(), rect.center().y()))
        picture = self._source.picture(case.image)
        draw_thumbnail(painter, box, picture, self.colours, "not\nfound")
        self._draw_words(painter, rect.adjusted(THUMBNAIL_PX + 2 * _PADDING_PX, 8, -8, -8), case)

    def _draw_words(self, painter: QPainter, rect: QRect, case: Case) -> None:
        names = self._model.class_names
        lines = (
            (f"{'✗' if case.is_mistake else '✓'} {names[case.given]}", self.colours.text, True),
            (f"probability {case.probability:.2f}", self.colours.text, False),
            (f"label {names[case.truth]}", self.colours.muted, False),
        )
        height = rect.height() // len(lines)
        for place, (text, colour, bold) in enumerate(lines):
            line = QRect(rect.left(), rect.top() + place * height, rect.width(), height)
            font = QFont(painter.font())
            font.setBold(bold)
            painter.setFont(font)
            painter.setPen(QColor(colour))
            shown = painter.fontMetrics().elidedText(
                text, Qt.TextElideMode.ElideMiddle, line.width()
            )
            painter.drawText(line, Qt.AlignmentFlag.AlignVCenter, shown)
