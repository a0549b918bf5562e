"""Class probabilities as bars with words."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QGridLayout, QLabel, QProgressBar, QWidget

_MAX_CLASSES = 12
_HEIGHT_PX, _MARKED_HEIGHT_PX = 8, 12
_LINE_PX = 2
_BAND_OPACITY = 0.18


class ProbabilityBars(QWidget):
    """One bar per class, the most probable first."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("probabilityBars")
        self._layout = QGridLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setColumnStretch(0, 1)

    def show_probabilities(
        self,
        class_names: tuple[str, ...],
        probabilities: tuple[float, ...],
        thresholds: Mapping[str, float] = MappingProxyType({}),
        zones: Mapping[str, tuple[float, float]] = MappingProxyType({}),
    ) -> None:
        """Show one answer.

        Args:
            class_names: All classes.
            probabilities: One each.
            thresholds: From where on a class is called, drawn as a line.
            zones: Where a class is neither ruled out nor in, drawn as a band.
        """
        self.clear()
        order = sorted(range(len(class_names)), key=lambda i: -probabilities[i])
        for row, index in enumerate(order[:_MAX_CLASSES]):
            name = class_names[index]
            bar = _Bar(thresholds.get(name), zones.get(name))
            self._add(2 * row, bar, name, probabilities[index], best=row == 0)

    def clear(self) -> None:
        """Show nothing."""
        while (item := self._layout.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.deleteLater()

    def _add(self, row: int, bar: _Bar, name: str, probability: float, *, best: bool) -> None:
        label = QLabel(name)
        label.setToolTip(name)
        percent = QLabel(f"{probability:.1%}")
        if best:
            label.setProperty("role", "heading")
            percent.setProperty("role", "heading")
        bar.setRange(0, 1000)
        bar.setValue(round(1000 * probability))
        bar.setTextVisible(False)
        bar.setAccessibleName(f"{name}: {probability:.1%}")
        self._layout.addWidget(label, row, 0)
        self._layout.addWidget(percent, row, 1, alignment=Qt.AlignmentFlag.AlignRight)
        self._layout.addWidget(bar, row + 1, 0, 1, 2)


class _Bar(QProgressBar):
    """A probability, with the threshold across it and the uncertain zone under it."""

    def __init__(self, threshold: float | None, zone: tuple[float, float] | None) -> None:
        super().__init__()
        self._threshold, self._zone = threshold, zone
        self.setFixedHeight(_HEIGHT_PX if threshold is None else _MARKED_HEIGHT_PX)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._threshold is None:
            return
        painter = QPainter(self)
        colour = self.palette().color(QPalette.ColorRole.WindowText)
        if self._zone is not None:
            low, high = (round(share * (self.width() - 1)) for share in self._zone)
            band = QColor(colour)
            band.setAlphaF(_BAND_OPACITY)
            painter.fillRect(low, 0, high - low, self.height(), band)
        at = round(self._threshold * (self.width() - _LINE_PX))
        painter.fillRect(at, 0, _LINE_PX, self.height(), colour)
