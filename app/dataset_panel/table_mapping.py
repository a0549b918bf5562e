"""Which column of a table says what: guessed, shown, and put right by the user."""

from __future__ import annotations

from typing import get_args

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QFormLayout,
    QListWidget,
    QListWidgetItem,
    QTableView,
    QWidget,
)

from app.dataset_panel.row_preview import RowPreview
from app.widgets.choice import choose, make_choice
from app.widgets.section import make_hint
from fpt_core.dataset.importers.columns import ColumnChoice, Join
from fpt_core.dataset.importers.sketch import TableSketch

_ROLES = (
    ("key", "File or identifier"),
    ("label", "Label"),
    ("patient", "Patient"),
    ("split", "Split"),
    ("frame", "Frame or slice"),
)
_KEPT_HEIGHT_PX = 84
_WIDEST_PX = 220


class TableMapping(QWidget):
    """Edits a ``ColumnChoice``.

    Args:
        table: The table as it seems to be.
        folder_labels: Whether the folders' names can be the labels where no column is.

    Signals:
        changed(): Another column was chosen.
    """

    changed = Signal()

    def __init__(
        self, table: TableSketch, *, folder_labels: bool = False, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._table = table
        self._absent = {
            "key": "Choose…",
            "label": "Names of the folders" if folder_labels else "Choose…",
        }
        self._needed = ("key",) if folder_labels else ("key", "label")
        self.columns = {role: self._make_column_box(role, text) for role, text in _ROLES}
        self.join = make_choice(
            "joinKind",
            "What the key column holds",
            [
                (f"DICOM {join}" if join != "file" else "Names or paths of files", join)
                for join in get_args(Join)
            ],
        )
        choose(self.join, table.guess.join or "file")
        self.found = make_hint("filesFound")
        self.keep = self._make_keep_list()
        self.preview = self._make_preview()
        layout = QFormLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addRow(_ROLES[0][1], self.columns["key"])
        layout.addRow("which holds", self.join)
        layout.addRow("", self.found)
        for role, text in _ROLES[1:]:
            layout.addRow(text, self.columns[role])
        layout.addRow("Keep with images", self.keep)
        self.columns["key"].currentIndexChanged.connect(self._on_key_chosen)
        for box in (*self.columns.values(), self.join):
            box.currentIndexChanged.connect(self._on_changed)
        self.keep.itemChanged.connect(self._on_changed)
        self._show_meaning()

    def _make_column_box(self, role: str, text: str) -> QComboBox:
        names = self._table.names
        texts = [self._with_number(name) for name in names] if role == "key" else names
        items = [(self._absent.get(role, "None"), None), *zip(texts, names, strict=True)]
        box = make_choice(f"{role}Column", f"Column: {text}", items)
        choose(box, getattr(self._table.guess, role))
        return box

    def _with_number(self, name: str) -> str:
        """A column's name, with how many rows find a file by it where that was counted."""
        best = self._best_reading(name)
        return name if best is None else f"{name}  ({best[1]:,} found)"

    def _best_reading(self, key: str | None) -> tuple[str, int] | None:
        """What a column holds if it finds the most files so, and how many."""
        readings = [(join, number) for name, join, number in self._table.found if name == key]
        return max(readings, key=lambda reading: reading[1], default=None)

    def _make_keep_list(self) -> QListWidget:
        keep = QListWidget()
        keep.setObjectName("keptColumns")
        keep.setAccessibleName("Columns kept with the images")
        keep.setToolTip("Such as site or sex: the audit and the report look at them.")
        keep.setFixedHeight(_KEPT_HEIGHT_PX)
        keep.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        for name in self._table.names:
            item = QListWidgetItem(name)
            kept = name in self._table.guess.keep
            item.setCheckState(Qt.CheckState.Checked if kept else Qt.CheckState.Unchecked)
            keep.addItem(item)
        return keep

    def _make_preview(self) -> QTableView:
        self._rows = RowPreview(self._table, self)
        view = QTableView()
        view.setObjectName("rowPreview")
        view.setAccessibleName("First rows of the table")
        view.setModel(self._rows)
        view.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        view.setWordWrap(False)
        view.verticalHeader().hide()
        view.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        view.resizeColumnsToContents()
        for column in range(len(self._table.names)):
            view.setColumnWidth(column, min(view.columnWidth(column), _WIDEST_PX))
        return view

    @property
    def choice(self) -> ColumnChoice:
        """The columns as they are chosen."""
        chosen = {role: box.currentData() for role, box in self.columns.items()}
        used = set(chosen.values())
        kept = [self.keep.item(row) for row in range(self.keep.count())]
        return ColumnChoice(
            **chosen,
            join=self.join.currentData(),
            keep=tuple(
                item.text()
                for item in kept
                if item.checkState() is Qt.CheckState.Checked and item.text() not in used
            ),
        )

    @property
    def is_complete(self) -> bool:
        """Whether all columns are chosen that an import needs."""
        return all(self.columns[role].currentData() is not None for role in self._needed)

    def _on_key_chosen(self) -> None:
        if best := self._best_reading(self.columns["key"].currentData()):
            choose(self.join, best[0])

    def _on_changed(self) -> None:
        self._show_meaning()
        self.changed.emit()

    def _show_meaning(self) -> None:
        choice = self.choice
        roles = {getattr(choice, role): text.split(" ")[0] for role, text in _ROLES}
        roles.update(dict.fromkeys(choice.keep, "kept"))
        self._rows.set_roles(roles)
        number = next(
            (n for key, join, n in self._table.found if (key, join) == (choice.key, choice.join)),
            None,
        )
        self.found.setText(
            "How many files this finds was not counted."
            if number is None
            else f"Finds the file of {number:,} of {self._table.num_rows:,} rows."
        )
