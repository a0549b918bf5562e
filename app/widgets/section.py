"""A heading over what belongs together."""

from __future__ import annotations

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget


class Section(QWidget):
    """Widgets under a heading, one below the other.

    Args:
        title: The heading.
    """

    def __init__(self, title: str, *widgets: QWidget) -> None:
        super().__init__()
        heading = QLabel(title)
        heading.setProperty("role", "heading")
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(6)
        for widget in (heading, *widgets):
            self._layout.addWidget(widget)


def make_hint(name: str, text: str = "") -> QLabel:
    """A wrapped text in a quiet colour."""
    return _as_hint(QLabel(text), name)


def make_sentence(name: str, text: str = "") -> QLabel:
    """A hint within a form, which would squeeze it where there is little room."""
    return _as_hint(_Whole(text), name)


class _Whole(QLabel):
    """Insists on the height that its text needs at its width."""

    def setText(self, text: str) -> None:
        super().setText(text)
        self._insist()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._insist()

    def _insist(self) -> None:
        self.setMinimumHeight(self.heightForWidth(self.width()))


def _as_hint(label: QLabel, name: str) -> QLabel:
    label.setObjectName(name)
    label.setProperty("role", "hint")
    label.setWordWrap(True)
    return label
