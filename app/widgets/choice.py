"""Combo boxes with the names that tests and screen readers need."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import QComboBox, QStyledItemDelegate, QWidget

_SHOWN_ITEMS = 20
_LEAST_LETTERS = 8
_ROOM_PX = 16
"""For the scroll bar of a long list."""


class Choice(QComboBox):
    """A combo box that shortens what is too long for it, but never in its list."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        # The usual delegate draws an empty frame for a tick before every item.
        self.setItemDelegate(QStyledItemDelegate(self))

    def showPopup(self) -> None:
        """Open the list, wide enough for its longest text."""
        view = self.view()
        view.setMinimumWidth(view.sizeHintForColumn(0) + 2 * view.frameWidth() + _ROOM_PX)
        super().showPopup()


def make_choice(name: str, accessible_name: str, items: Iterable[tuple[str, Any]] = ()) -> Choice:
    """A combo box of texts and what each stands for."""
    box = Choice()
    box.setObjectName(name)
    box.setAccessibleName(accessible_name)
    box.setToolTip(accessible_name)
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    box.setMinimumContentsLength(_LEAST_LETTERS)
    box.setMaxVisibleItems(_SHOWN_ITEMS)
    for text, value in items:
        box.addItem(text, value)
    return box


def offer(box: QComboBox, items: Iterable[tuple[str, Any]]) -> None:
    """Offer other items without a signal; the choice stays where it is still offered."""
    chosen = box.currentData()
    with QSignalBlocker(box):
        box.clear()
        for text, value in items:
            box.addItem(text, value)
        choose(box, chosen)


def choose(box: QComboBox, value: Any) -> None:
    """Choose the item that stands for ``value``, or the first."""
    # findData compares as Qt does, which knows no tuples and no enums.
    places = [place for place in range(box.count()) if box.itemData(place) == value]
    box.setCurrentIndex(places[0] if places else 0)
