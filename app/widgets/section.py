"""A heading over what belongs together."""

from __future__ import annotations

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
    label = QLabel(text)
    label.setObjectName(name)
    label.setProperty("role", "hint")
    label.setWordWrap(True)
    return label
