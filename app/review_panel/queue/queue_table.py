"""The images of a queue as a table; only the rows on screen are in memory."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QIcon, QPixmap

from app.widgets.thumbnail_source import ThumbnailSource
from fpt_core.answers.answer_file import AnswerFile, Order, QueuedImage, Which
from fpt_core.answers.series_rule import SeriesRule

THUMBNAIL_PX = 40
_KEPT_ROWS = 1000
_AT_ONCE = 64
Index = QModelIndex | QPersistentModelIndex

PICTURE, NAME, CLASS, PROBABILITY, FLAGS = range(5)
TITLES = ("", "File", "Prediction", "Probability", "Flags")
_ORDERS = (Order.NUMBER, Order.NAME, Order.CLASS, Order.PROBABILITY, Order.FLAGS)


class QueueTable(QAbstractTableModel):
    """Numbers of all images that pass the filter, and the rows that were looked at last."""

    def __init__(self, thumbnails: ThumbnailSource, parent: QObject) -> None:
        super().__init__(parent)
        self._thumbnails = thumbnails
        self._thumbnails.ready.connect(self._on_thumbnail)
        self._answers: AnswerFile | None = None
        self._numbers: list[int] = []
        self._kept: OrderedDict[int, QueuedImage] = OrderedDict()
        self._which, self._words = Which.ALL, ()
        self._class: str | None = None
        self._order, self._descending = Order.NUMBER, False
        self._rule = SeriesRule()

    def show_answers(self, answers: AnswerFile | None) -> None:
        """Show a file of answers."""
        self._answers = answers
        self.refresh()

    def look_for(self, which: Which, class_name: str | None, words: tuple[str, ...]) -> None:
        """Show what passes."""
        self._which, self._class, self._words = which, class_name, words
        self.refresh()

    def refresh(self) -> None:
        """Read again which images there are, and what is known of those on screen."""
        numbers = []
        if self._answers is not None:
            self._rule = self._answers.rule
            numbers = self._answers.numbers(
                self._which, self._class, self._words, self._order, self._descending
            )
        self._kept.clear()
        old = self._numbers
        if numbers[: len(old)] == old:
            if len(numbers) > len(old):
                self.beginInsertRows(QModelIndex(), len(old), len(numbers) - 1)
                self._numbers = numbers
                self.endInsertRows()
        else:
            self._move_to(numbers)
        if numbers:
            self.dataChanged.emit(self.index(0, 0), self.index(len(numbers) - 1, FLAGS))

    def _move_to(self, numbers: list[int]) -> None:
        """Other rows: the selected image stays selected where it is still there."""
        self.layoutAboutToBeChanged.emit()
        moved = self.persistentIndexList()
        wanted = {self._numbers[index.row()] for index in moved}
        places = {number: row for row, number in enumerate(numbers) if number in wanted}
        to = [
            self.createIndex(places[self._numbers[index.row()]], index.column())
            if self._numbers[index.row()] in places
            else QModelIndex()
            for index in moved
        ]
        self._numbers = numbers
        self.changePersistentIndexList(moved, to)
        self.layoutChanged.emit()

    @property
    def numbers(self) -> tuple[int, ...]:
        """The images that pass, in the order of the table."""
        return tuple(self._numbers)

    def image(self, row: int) -> QueuedImage:
        """The image in a row."""
        number = self._numbers[row]
        if number not in self._kept:
            assert self._answers is not None, "rows have a file"
            start = row - row % _AT_ONCE
            self._kept.update(self._answers.images(self._numbers[start : start + _AT_ONCE]))
            while len(self._kept) > _KEPT_ROWS:
                self._kept.popitem(last=False)
        return self._kept[number]

    def want_thumbnails(self, first: int, last: int) -> None:
        """Read the thumbnails of these rows."""
        rows = range(max(first, 0), min(last + 1, len(self._numbers)))
        self._thumbnails.want([self.image(row) for row in rows])

    # --- the model ----------------------------------------------------------------------

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._numbers)

    def columnCount(self, parent: Index | None = None) -> int:
        return len(TITLES)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation is Qt.Orientation.Vertical:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return TITLES[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _side(section)
        return None

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        self._order = _ORDERS[max(column, 0)]
        self._descending = column >= 0 and order is Qt.SortOrder.DescendingOrder
        self.refresh()

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        image, column = self.image(index.row()), index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(image, column)
        if role == Qt.ItemDataRole.DecorationRole and column == PICTURE:
            picture = self._thumbnails.picture(image)
            # An icon is drawn as large as the view asks for, a pixmap as large as it is.
            return QIcon(picture) if isinstance(picture, QPixmap) else None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _side(column)
        if role == Qt.ItemDataRole.ToolTipRole:
            return image.name if column == NAME else flags_of(image, self._rule) or None
        if role == Qt.ItemDataRole.AccessibleTextRole and column == PICTURE:
            return f"Picture of {image.name}"
        return None

    def _text(self, image: QueuedImage, column: int) -> str:
        if column == NAME:
            return image.name
        if column == CLASS:
            waiting = "" if image.refusal else "Waiting"
            return image.class_name or waiting or "Not answered"
        if column == PROBABILITY:
            return "" if image.probability is None else f"{image.probability:.1%}"
        return flags_of(image, self._rule) if column == FLAGS else ""

    def _on_thumbnail(self) -> None:
        if self._numbers:
            last = self.index(len(self._numbers) - 1, PICTURE)
            self.dataChanged.emit(self.index(0, PICTURE), last, [Qt.ItemDataRole.DecorationRole])


def flags_of(image: QueuedImage, rule: SeriesRule) -> str:
    """What is to be known of an answer, in words."""
    if image.refusal is not None:
        return image.refusal
    flags = ["Unlike the training images"] * image.is_unlike + ["Uncertain"] * image.is_uncertain
    if image.frames > 1:
        flags.append(f"{image.frames} frames: {rule.words}")
    return " · ".join(flags)


def _side(column: int) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignRight if column == PROBABILITY else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter
