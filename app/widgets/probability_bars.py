"""Class probabilities as bars with words."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QProgressBar, QWidget

_MAX_CLASSES = 12


class ProbabilityBars(QWidget):
    """One bar per class, the most probable first."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("probabilityBars")
        self._layout = QGridLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setColumnStretch(0, 1)

    def show_probabilities(
        self, class_names: tuple[str, ...], probabilities: tuple[float, ...]
    ) -> None:
        """Show one answer."""
        self.clear()
        order = sorted(range(len(class_names)), key=lambda i: -probabilities[i])
        for row, index in enumerate(order[:_MAX_CLASSES]):
            self._add(2 * row, class_names[index], probabilities[index], best=row == 0)

    def clear(self) -> None:
        """Show nothing."""
        while (item := self._layout.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.deleteLater()

    def _add(self, row: int, name: str, probability: float, *, best: bool) -> None:
        label = QLabel(name)
        label.setToolTip(name)
        percent = QLabel(f"{probability:.1%}")
        if best:
            label.setProperty("role", "heading")
            percent.setProperty("role", "heading")
        bar = QProgressBar()
        bar.setRange(0, 1000)
        bar.setValue(round(1000 * probability))
        bar.setTextVisible(False)
        bar.setFixedHeight(8)
        bar.setAccessibleName(f"{name}: {probability:.1%}")
        self._layout.addWidget(label, row, 0)
        self._layout.addWidget(percent, row, 1, alignment=Qt.AlignmentFlag.AlignRight)
        self._layout.addWidget(bar, row + 1, 0, 1, 2)
