"""What differs in the settings of several runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.training_panel.run_columns import run_name
from app.widgets.section import make_hint
from fpt_core.dataset.run_settings import differences, flat
from fpt_core.dataset.run_table import RunRecord

_ROW_HEIGHT_PX = 26


class RunDifferences(QWidget):
    """A table: one row for each setting, one column for each run."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = make_hint("differencesTitle")
        self.table = QTableWidget()
        self.table.setObjectName("differences")
        self.table.setAccessibleName("Settings of the chosen runs")
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.table.setWordWrap(False)
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(_ROW_HEIGHT_PX)
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._title)
        layout.addWidget(self.table, stretch=1)

    def show_runs(self, runs: Sequence[RunRecord]) -> None:
        """Show what differs; of a single run all its settings."""
        if len(runs) == 1:
            rows = {name: (value,) for name, value in flat(runs[0].settings).items()}
            self._title.setText("Settings")
        else:
            rows = differences(runs)
            self._title.setText(
                "What differs in their settings" if rows else "Their settings are the same"
            )
        self._title.setVisible(bool(runs))
        self.table.setVisible(bool(rows))
        self.table.setColumnCount(1 + len(runs))
        self.table.setHorizontalHeaderLabels(["Setting", *(run_name(run) for run in runs)])
        self.table.setRowCount(len(rows))
        for row, (name, values) in enumerate(rows.items()):
            for column, text in enumerate((_words(name), *map(_text, values))):
                self.table.setItem(row, column, QTableWidgetItem(text))


def _words(name: str) -> str:
    """``training.learning_rate`` as ``learning rate``."""
    _, _, short = name.partition(".")
    return (short or name).replace("_", " ").replace(".", ": ")


def _text(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value)) or "none"
    return str(value)
