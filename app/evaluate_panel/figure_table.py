"""Figures with their intervals, a row each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem

from fpt_core.evaluation.figure_words import figure_name, figure_text

Figures = Mapping[str, Mapping[str, Any]]


class FigureTable(QTableWidget):
    """Figures down, what they are of across.

    Args:
        name: Object name.
        title: What it holds, for screen readers.
    """

    def __init__(self, name: str, title: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setAccessibleName(title)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ContiguousSelection)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setAlternatingRowColors(True)
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.verticalHeader().setHighlightSections(False)
        self.horizontalHeader().setHighlightSections(False)

    def show_figures(self, names: Sequence[str], columns: Mapping[str, Figures]) -> None:
        """Show figures; a cell is empty where a column has no such figure."""
        self.setRowCount(len(names))
        self.setColumnCount(len(columns))
        self.setHorizontalHeaderLabels(list(columns))
        self.setVerticalHeaderLabels([figure_name(name) for name in names])
        for column, figures in enumerate(columns.values()):
            for row, name in enumerate(names):
                text = figure_text(figures[name]) if name in figures else ""
                item = QTableWidgetItem(text)
                item.setToolTip(_how(figures.get(name)))
                self.setItem(row, column, item)
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)

    def table(self) -> list[list[str]]:
        """The cells as rows, with their headers."""
        across = [self.horizontalHeaderItem(c).text() for c in range(self.columnCount())]
        rows = [["figure", *across]]
        for row in range(self.rowCount()):
            cells = [self.item(row, column) for column in range(self.columnCount())]
            name = self.verticalHeaderItem(row).text()
            rows.append([name, *("" if cell is None else cell.text() for cell in cells)])
        return rows


def _how(figure: Mapping[str, Any] | None) -> str:
    """How the interval was made, or why there is none."""
    if figure is None:
        return ""
    interval = figure["interval"]
    return f"95 % interval: {interval['method']}" if interval else str(figure["note"])
