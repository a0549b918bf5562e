"""One display window: a usual one of CT, one that is given, or one that the files name."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDoubleSpinBox, QHBoxLayout, QLabel, QLineEdit, QWidget

from app.widgets.choice import choose, make_choice
from fpt_core.config import CT_WINDOWS, WindowChoice

_NAMED = "named"
_GIVEN = "given"
_LIMIT = 100_000.0
_LABEL_WIDTH_PX = 60


class WindowRow(QWidget):
    """Edits one ``WindowChoice``.

    Args:
        name: Prefix of the object names.
        text: What the window is for.

    Signals:
        changed(): After the user's edits only.
    """

    changed = Signal()

    def __init__(self, name: str, text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        presets = [
            (key.replace("-", " ").capitalize(), window) for key, window in CT_WINDOWS.items()
        ]
        self.kind = make_choice(
            f"{name}Kind",
            f"{text}: which window",
            [*presets, ("Given", _GIVEN), ("Named by the files", _NAMED)],
        )
        self.center = _make_number(f"{name}Center", f"{text}: centre", -_LIMIT)
        self.width = _make_number(f"{name}Width", f"{text}: width", 1)
        self.name = QLineEdit()
        self.name.setObjectName(f"{name}Name")
        self.name.setAccessibleName(f"{text}: name in the files")
        self.name.setPlaceholderText("Such as BONE")
        label = QLabel(text)
        label.setProperty("role", "hint")
        label.setFixedWidth(_LABEL_WIDTH_PX)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        for widget in (label, self.kind, self.center, self.width, self.name):
            layout.addWidget(widget)
        layout.setStretch(1, 1)
        layout.setStretch(4, 1)
        self.set_window(CT_WINDOWS["soft-tissue"])
        self.kind.currentIndexChanged.connect(self._on_kind_chosen)
        self.center.valueChanged.connect(self.changed)
        self.width.valueChanged.connect(self.changed)
        self.name.textChanged.connect(self.changed)

    @property
    def window(self) -> WindowChoice | None:
        """The window; ``None`` where its name is still to be written."""
        kind = self.kind.currentData()
        if isinstance(kind, WindowChoice):
            return kind
        if kind == _GIVEN:
            return WindowChoice(self.center.value(), self.width.value())
        name = self.name.text().strip()
        return WindowChoice(name=name) if name else None

    def set_window(self, window: WindowChoice) -> None:
        """Show this window, without a signal."""
        self.blockSignals(True)
        if window.center is not None and window.width is not None:
            self.center.setValue(window.center)
            self.width.setValue(window.width)
        self.name.setText(window.name)
        is_preset = window in CT_WINDOWS.values()
        choose(self.kind, window if is_preset else (_NAMED if window.name else _GIVEN))
        self._show_fields()
        self.blockSignals(False)

    def _on_kind_chosen(self) -> None:
        kind = self.kind.currentData()
        if isinstance(kind, WindowChoice):
            self.set_window(kind)
        self._show_fields()
        self.changed.emit()

    def _show_fields(self) -> None:
        named = self.kind.currentData() == _NAMED
        given = self.kind.currentData() == _GIVEN
        self.name.setVisible(named)
        for box in (self.center, self.width):
            box.setVisible(not named)
            box.setEnabled(given)


def _make_number(name: str, accessible_name: str, least: float) -> QDoubleSpinBox:
    box = QDoubleSpinBox()
    box.setObjectName(name)
    box.setAccessibleName(accessible_name)
    box.setToolTip(accessible_name)
    box.setRange(least, _LIMIT)
    box.setDecimals(0)
    box.setSingleStep(10)
    return box
