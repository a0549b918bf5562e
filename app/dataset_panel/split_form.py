"""How an import divides patients into training, validation and test."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFormLayout, QSpinBox, QWidget

_MOST_FOLDS = 20
_LARGEST_SEED = 2**31 - 1


class SplitForm(QWidget):
    """Shares, folds and seed, as the import request takes them."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.val = _make_number("valShare", "Share for validation", 10, 0, 49, " %")
        self.test = _make_number("testShare", "Share for test", 30, 0, 49, " %")
        self.folds = _make_number("folds", "Cross-validation folds", 0, 0, _MOST_FOLDS)
        self.folds.setSpecialValueText("None")
        self.seed = _make_number("splitSeed", "Seed of the splits", 0, 0, _LARGEST_SEED)
        layout = QFormLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        for text, box in (
            ("Validation", self.val),
            ("Test", self.test),
            ("Folds", self.folds),
            ("Seed", self.seed),
        ):
            layout.addRow(text, box)

    @property
    def val_share(self) -> float:
        """Of the patients, from 0 to 1."""
        return self.val.value() / 100

    @property
    def test_share(self) -> float:
        """Of the patients, from 0 to 1."""
        return self.test.value() / 100


def _make_number(
    name: str, accessible_name: str, value: int, least: int, most: int, unit: str = ""
) -> QSpinBox:
    box = QSpinBox()
    box.setObjectName(name)
    box.setAccessibleName(accessible_name)
    box.setRange(least, most)
    box.setValue(value)
    box.setSuffix(unit)
    box.setAlignment(Qt.AlignmentFlag.AlignRight)
    return box
