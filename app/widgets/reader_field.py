"""Who says so: the reader's name, kept beside changes and verdicts; may be left empty."""

from __future__ import annotations

from PySide6.QtWidgets import QLineEdit, QWidget

_WIDTH_PX = 150


class ReaderField(QLineEdit):
    """One line.

    Args:
        name: Object name.
    """

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setAccessibleName("Reader's name, may be left empty")
        self.setPlaceholderText("Your name (optional)")
        self.setToolTip("Kept beside your verdicts and the labels that you change")
        self.setFixedWidth(_WIDTH_PX)

    @property
    def name(self) -> str:
        """As it was written, without spaces around."""
        return self.text().strip()
