"""Whether the model serves all alike: the groups of a column side by side."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.evaluate_panel.forest_plot import ForestPlot
from app.evaluate_panel.tile import Tile
from app.theme import Colours
from app.widgets.choice import make_choice, offer
from app.widgets.section import make_hint
from fpt_core.errors import FptError

_HEAD_PX = 44
_ASK = "Choose a column to see its groups, each with its interval."
_NONE = "No column was kept of these images: name them when you import, such as site, sex or age."


class GroupsPage(QWidget):
    """The AUC by group.

    Args:
        failed: Told where a picture cannot be written.

    Signals:
        column_wanted(column): Measure the groups of this column.
    """

    column_wanted = Signal(str)

    def __init__(self, failed: Callable[[FptError], None]) -> None:
        super().__init__()
        self.columns = make_choice("groupColumn", "Column whose groups are compared")
        self.columns.currentIndexChanged.connect(self._on_chosen)
        self.plot = ForestPlot("forestPlot", "AUC by group")
        self.tile = Tile("AUC by group", self.plot, failed)
        self.hint = make_hint("groupsHint", _NONE)
        label = QLabel("Groups of")
        label.setBuddy(self.columns)
        row = QHBoxLayout()
        row.addWidget(label)
        row.addWidget(self.columns)
        row.addStretch()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 8, 0, 0)
        layout.addLayout(row)
        layout.addWidget(self.hint)
        layout.addWidget(self.tile, stretch=100)
        layout.addStretch(1)
        self.offer_columns(())

    def offer_columns(self, names: Sequence[str]) -> None:
        """Offer the columns that were kept."""
        offer(self.columns, [("Choose…", ""), *((name, name) for name in names)])
        self.columns.setEnabled(bool(names))
        self.clear()

    def clear(self) -> None:
        """Show no groups."""
        self.hint.setText(_ASK if self.columns.isEnabled() else _NONE)
        self.tile.hide()

    def say_measuring(self) -> None:
        """Say that the groups are being measured."""
        self.hint.setText("Measuring the groups…")

    def show_groups(self, groups: Sequence[Mapping[str, Any]], overall: float | None) -> None:
        """Draw groups, and say what there is to warn of."""
        warnings = [f"{group['value']}: {group['warning']}" for group in groups if group["warning"]]
        self.hint.setText("\n".join(warnings) or "No group is clearly worse than the others.")
        self.plot.show_groups(groups, overall)
        self.tile.setMaximumHeight(self.plot.maximumHeight() + _HEAD_PX)
        self.tile.show()

    def set_colours(self, colours: Colours) -> None:
        """Draw in the theme's colours."""
        self.plot.set_colours(colours)

    def _on_chosen(self) -> None:
        if self.columns.currentData():
            self.column_wanted.emit(self.columns.currentData())
        else:
            self.clear()
