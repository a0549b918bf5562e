"""The table of a queue on screen: pictures, keys, and names shortened where they differ least."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QSize, Qt, QTimer, Signal
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from app.review_panel.queue.queue_table import (
    CLASS,
    FLAGS,
    NAME,
    PICTURE,
    PROBABILITY,
    THUMBNAIL_PX,
    QueueTable,
)

_LOOK_INTERVAL_MS = 40
_ROW_PX = THUMBNAIL_PX + 6
_WIDTHS_PX = {PICTURE: THUMBNAIL_PX + 16, NAME: 260, CLASS: 130, PROBABILITY: 100}


class QueueView(QTableView):
    """Shows ``table``.

    Signals:
        row_chosen(row): Another row is the current one.
    """

    row_chosen = Signal(int)

    def __init__(self, table: QueueTable, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._table = table
        self.setObjectName("queueTable")
        self.setAccessibleName("Images of the queue")
        self.setModel(table)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.setWordWrap(False)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setIconSize(QSize(THUMBNAIL_PX, THUMBNAIL_PX))
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setDefaultSectionSize(_ROW_PX)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        for column, width in _WIDTHS_PX.items():
            self.setColumnWidth(column, width)
        header.setSectionResizeMode(FLAGS, QHeaderView.ResizeMode.Stretch)
        header.setSortIndicator(PICTURE, Qt.SortOrder.AscendingOrder)
        self.setSortingEnabled(True)
        self._look = QTimer(self, singleShot=True, interval=_LOOK_INTERVAL_MS)
        self._look.timeout.connect(self._on_look_due)
        self.verticalScrollBar().valueChanged.connect(self._on_moved)
        for signal in (table.rowsInserted, table.layoutChanged, table.modelReset):
            signal.connect(self._on_moved)

    def currentChanged(self, current: QModelIndex, previous: QModelIndex) -> None:
        super().currentChanged(current, previous)
        if current.isValid() and current.row() != previous.row():
            self.row_chosen.emit(current.row())

    def resizeEvent(self, event) -> None:  # type: ignore[no-untyped-def]
        super().resizeEvent(event)
        self._on_moved()

    def _on_moved(self) -> None:
        if not self._look.isActive():
            self._look.start()

    def _on_look_due(self) -> None:
        first = self.rowAt(0)
        if first >= 0:
            self._table.want_thumbnails(first, first + self.viewport().height() // _ROW_PX + 1)
