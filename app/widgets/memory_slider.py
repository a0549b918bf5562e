"""How much memory a job may take."""

from __future__ import annotations

import psutil
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSlider, QWidget

_STEP_MB = 250
_LEAST_STEPS = 2
_LABEL_WIDTH_PX = 64


class MemorySlider(QWidget):
    """A limit in steps of 250 MB; at its right end there is none.

    Signals:
        changed(): The limit is another one.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._steps = max(_LEAST_STEPS + 1, psutil.virtual_memory().total // (_STEP_MB * 10**6))
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setObjectName("memoryLimit")
        self.slider.setAccessibleName("Memory limit")
        self.slider.setRange(_LEAST_STEPS, self._steps + 1)
        self.slider.setPageStep(4)
        self.slider.setValue(self._steps + 1)
        self.slider.valueChanged.connect(self._on_value_changed)
        self._label = QLabel()
        self._label.setFixedWidth(_LABEL_WIDTH_PX)
        self._label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.slider, stretch=1)
        layout.addWidget(self._label)
        self._show_value()

    @property
    def limit_mb(self) -> int | None:
        """The limit; ``None``: there is none."""
        steps = self.slider.value()
        return None if steps > self._steps else steps * _STEP_MB

    def set_limit_mb(self, limit_mb: int | None) -> None:
        """Put the slider to the nearest step."""
        steps = self._steps + 1 if limit_mb is None else round(limit_mb / _STEP_MB)
        self.slider.setValue(steps)

    def _on_value_changed(self) -> None:
        self._show_value()
        self.changed.emit()

    def _show_value(self) -> None:
        limit = self.limit_mb
        text = "no limit" if limit is None else f"{limit / 1000:g} GB"
        self._label.setText(text)
        self.slider.setToolTip(f"Memory limit: {text}")
