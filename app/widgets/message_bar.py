"""A calm line that says what happened and what to do, with a button where there is one."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QToolButton, QWidget


class MessageBar(QFrame):
    """Hidden until there is something to say; stays until it is closed or replaced."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setProperty("role", "message")
        self._kind = QLabel()
        self._kind.setProperty("role", "heading")
        self._text = QLabel()
        self._text.setObjectName(f"{name}Text")
        self._text.setWordWrap(True)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._button = QPushButton()
        self._button.setObjectName(f"{name}Button")
        self._button.setAccessibleName("Act on this message")
        self._button.clicked.connect(self._on_button_clicked)
        close = QToolButton()
        close.setText("✕")
        close.setObjectName(f"{name}Close")
        close.setAccessibleName("Close this message")
        close.clicked.connect(self.hide)
        layout = QHBoxLayout(self)
        layout.addWidget(self._kind)
        layout.addWidget(self._text, stretch=1)
        layout.addWidget(self._button)
        layout.addWidget(close, alignment=Qt.AlignmentFlag.AlignTop)
        self._act: Callable[[], None] | None = None
        self.hide()

    @property
    def kind(self) -> str:
        """The word before it; empty while nothing is said."""
        return self._kind.text() if not self.isHidden() else ""

    @property
    def text(self) -> str:
        """What is being said."""
        return self._text.text()

    def say(
        self,
        kind: str,
        text: str,
        button: str = "",
        act: Callable[[], None] | None = None,
    ) -> None:
        """Show ``text``; ``kind`` is a word such as Note or Stopped."""
        self._kind.setText(kind)
        self._text.setText(text.strip())
        self._button.setVisible(act is not None)
        self._button.setText(button)
        self._button.setAccessibleName(button)
        self._act = act
        self.show()

    def _on_button_clicked(self) -> None:
        if self._act is not None:
            self.hide()
            self._act()
