"""Which images the gallery shows, and in which order."""

from __future__ import annotations

import dataclasses

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from app.dataset_panel.catalogue import ImageFilter, Order, Shown
from app.dataset_panel.words import SPLIT_WORDS
from app.widgets.button import make_button
from app.widgets.choice import choose, make_choice, offer
from app.widgets.elided_label import ElidedLabel
from fpt_core.dataset.records import SPLITS

_TYPING_MS = 150
_SHOWN = (
    ("Included", Shown.INCLUDED),
    ("Excluded", Shown.EXCLUDED),
    ("All images", Shown.ALL),
)
_ORDERS = (
    ("By name", Order.NAME),
    ("By class", Order.CLASS),
    ("By split", Order.SPLIT),
    ("By patient", Order.PATIENT),
    ("Largest first", Order.SIZE),
)


class FilterBar(QWidget):
    """Edits one ``ImageFilter``.

    Signals:
        filter_changed(wanted): After the user's edits, and after ``show_only``.
    """

    filter_changed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._special = ImageFilter()
        """What is set from elsewhere: a patient, or the images behind a finding."""
        self._typing = QTimer(self, singleShot=True, interval=_TYPING_MS)
        self._typing.timeout.connect(self._on_edited)
        self.text = QLineEdit()
        self.text.setObjectName("filterText")
        self.text.setAccessibleName("File name, or beginning of a patient's hash")
        self.text.setPlaceholderText("File name or patient…")
        self.text.setClearButtonEnabled(True)
        self.text.textChanged.connect(self._typing.start)
        self.classes = make_choice("filterClass", "Class", [("All classes", None)])
        self.splits = make_choice(
            "filterSplit",
            "Split",
            [("All splits", None), *((SPLIT_WORDS[split], split) for split in SPLITS)],
        )
        self.shown = make_choice("filterShown", "Included or excluded", _SHOWN)
        self.order = make_choice("filterOrder", "Order", _ORDERS)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        row = QHBoxLayout()
        row.addWidget(self.text, stretch=2)
        for box in (self.classes, self.splits, self.shown, self.order):
            box.currentIndexChanged.connect(self._on_edited)
            row.addWidget(box, stretch=1)
        layout.addLayout(row)
        layout.addWidget(self._status_row())

    def _status_row(self) -> QWidget:
        self._number = QLabel()
        self._number.setObjectName("filterNumber")
        self._number.setProperty("role", "hint")
        self._title = ElidedLabel("filterTitle")
        self._title.setProperty("role", "heading")
        self.clear_button = make_button("clearFilter", "Show all", self.clear)
        self.clear_button.setProperty("role", "small")
        row = QWidget()
        layout = QHBoxLayout(row)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._title, stretch=1)
        layout.addWidget(self._number, alignment=Qt.AlignmentFlag.AlignRight)
        layout.addWidget(self.clear_button)
        return row

    @property
    def wanted(self) -> ImageFilter:
        """What is to be shown."""
        return dataclasses.replace(
            self._special,
            class_name=self.classes.currentData(),
            split=self.splits.currentData(),
            text=self.text.text(),
            shown=self.shown.currentData(),
            order=self.order.currentData(),
        )

    def set_classes(self, class_names: tuple[str, ...]) -> None:
        """Offer these classes."""
        offer(self.classes, [("All classes", None), *((name, name) for name in class_names)])

    def set_numbers(self, shown: int, total: int) -> None:
        """Say how many images pass."""
        self._number.setText(f"{shown:,} of {total:,} images")
        narrowed = dataclasses.replace(self.wanted, order=Order.NAME) != ImageFilter()
        self.clear_button.setEnabled(narrowed)

    def show_only(self, wanted: ImageFilter, title: str = "") -> None:
        """Filter as ``wanted`` says; ``title`` says what is shown, such as a finding."""
        self._special = wanted
        for box, value in (
            (self.classes, wanted.class_name),
            (self.splits, wanted.split),
            (self.shown, wanted.shown),
        ):
            box.blockSignals(True)
            choose(box, value)
            box.blockSignals(False)
        self.text.blockSignals(True)
        self.text.setText(wanted.text)
        self.text.blockSignals(False)
        self._title.set_whole_text(title)
        self._on_edited()

    def clear(self) -> None:
        """Show every image that is not excluded."""
        self.show_only(ImageFilter())

    def _on_edited(self) -> None:
        self._typing.stop()
        self.filter_changed.emit(self.wanted)
