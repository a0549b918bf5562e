"""A thousand people, and what a threshold does to them: a mark for each."""

from __future__ import annotations

import math
from dataclasses import astuple

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QWidget

from app.evaluate_panel.drawn_view import DrawnView
from fpt_core.evaluation.people import People

_WORDS = ("found", "missed", "false alarms", "cleared")
_LEGEND_ROW_PX = 18
_GAP_PX = 6
_TOTAL = 1000


class PeopleView(DrawnView):
    """Whole people, who add up; found, missed, false alarms and cleared differ in shape too.

    Args:
        name: Object name.
    """

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(name, parent)
        self._people: People | None = None
        self._note = ""
        self.show_people(None, "")

    @property
    def people(self) -> People | None:
        """Who is shown."""
        return self._people

    def show_people(self, people: People | None, note: str) -> None:
        """Show them, or say why there are none."""
        self._people, self._note = people, note
        self.setAccessibleName(self.sentence or note or "People")
        self.update()

    @property
    def sentence(self) -> str:
        """What is shown, in words."""
        if self._people is None:
            return ""
        parts = zip(astuple(self._people), _WORDS, strict=True)
        return f"Of {_TOTAL:,} people: " + ", ".join(f"{count} {word}" for count, word in parts)

    def text_at(self, x: float, y: float) -> str:
        """All of them, wherever the mouse is."""
        return self.sentence

    def table(self) -> list[list[str]]:
        """The counts as rows."""
        counts = ("",) * 4 if self._people is None else astuple(self._people)
        return [["of 1,000 people", "number"]] + [
            [word, str(count)] for word, count in zip(_WORDS, counts, strict=True)
        ]

    def _paint(self, painter: QPainter) -> None:
        if self._people is None:
            painter.setPen(QColor(self.colours.muted))
            flags = Qt.AlignmentFlag.AlignLeft | Qt.TextFlag.TextWordWrap
            painter.drawText(self.rect().adjusted(8, 8, -8, -8), flags, self._note)
        else:
            self._paint_people(painter, self._people)

    def _paint_people(self, painter: QPainter, people: People) -> None:
        counts = astuple(people)
        room = QRectF(0, 0, self.width(), self.height() - 2 * _LEGEND_ROW_PX - _GAP_PX)
        side = _largest_cell(room.width(), room.height())
        columns = int(room.width() // side)
        kinds = [kind for kind, count in enumerate(counts) for _ in range(count)]
        for place, kind in enumerate(kinds):
            corner = QRectF(place % columns * side, place // columns * side, side, side)
            self._paint_mark(painter, corner, kind)
        self._paint_legend(painter, counts)

    def _paint_legend(self, painter: QPainter, counts: tuple[int, ...]) -> None:
        top = self.height() - 2 * _LEGEND_ROW_PX
        for kind, (count, word) in enumerate(zip(counts, _WORDS, strict=True)):
            x, y = kind % 2 * self.width() / 2, top + kind // 2 * _LEGEND_ROW_PX
            self._paint_mark(painter, QRectF(x + 2, y + 4, 10, 10), kind)
            painter.setPen(QColor(self.colours.text))
            box = QRectF(x + 18, y, self.width() / 2 - 18, _LEGEND_ROW_PX)
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, f"{count} {word}")

    def _paint_mark(self, painter: QPainter, cell: QRectF, kind: int) -> None:
        """Full: found; crossed: missed; hollow: false alarm; a dot: cleared."""
        inset = max(0.5, 0.12 * cell.width())
        box = cell.adjusted(inset, inset, -inset, -inset)
        accent, second = QColor(self.colours.accent), QColor(self.colours.second)
        painter.setPen(QPen(second, 1.2))
        if kind == 0:
            painter.fillRect(box, accent)
        elif kind == 1:
            painter.drawLine(box.topLeft(), box.bottomRight())
            painter.drawLine(box.topRight(), box.bottomLeft())
        elif kind == 2:
            painter.drawRect(box)
        else:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(self.colours.grid))
            painter.drawEllipse(box.center(), box.width() / 4, box.width() / 4)
            painter.setBrush(Qt.BrushStyle.NoBrush)


def _largest_cell(width: float, height: float) -> float:
    """Side of the largest squares of which a thousand fit."""
    side = math.sqrt(max(1.0, width * height) / _TOTAL)
    while side > 1 and (width // side) * (height // side) < _TOTAL:
        side -= 0.1
    return max(side, 1.0)
