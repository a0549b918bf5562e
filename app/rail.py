"""The rail on the left: one button a page."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QFrame, QToolButton, QVBoxLayout, QWidget

from app.icons import icon
from app.theme import LIGHT, Colours

_WIDTH_PX = 92


class Rail(QFrame):
    """Chooses the page.

    Args:
        pages: Words by name, from top to bottom.

    Signals:
        chosen(name): Another page is wanted.
    """

    chosen = Signal(str)

    def __init__(self, pages: Mapping[str, str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("rail")
        self.setFixedWidth(_WIDTH_PX)
        self._colours = LIGHT
        self._group = QButtonGroup(self)
        self._buttons = {name: self._make_button(name, text) for name, text in pages.items()}
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 12, 8, 12)
        layout.setSpacing(6)
        for button in self._buttons.values():
            self._group.addButton(button)
            layout.addWidget(button)
        layout.addStretch()

    def choose(self, name: str) -> None:
        """Choose a page as a click does."""
        self._buttons[name].click()

    def set_colours(self, colours: Colours) -> None:
        """Draw in the theme's colours."""
        self._colours = colours
        for name in self._buttons:
            self._draw_icon(name)

    def _make_button(self, name: str, text: str) -> QToolButton:
        button = QToolButton()
        button.setObjectName(f"{name}Button")
        button.setAccessibleName(text)
        button.setText(text)
        button.setIconSize(QSize(26, 26))
        button.setCheckable(True)
        # A mark of focus helps those who use the keyboard, and only them.
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
        button.setFixedWidth(_WIDTH_PX - 16)
        button.toggled.connect(lambda _: self._draw_icon(name))
        button.clicked.connect(lambda _: self.chosen.emit(name))
        return button

    def _draw_icon(self, name: str) -> None:
        button = self._buttons[name]
        colour = self._colours.accent if button.isChecked() else self._colours.muted
        button.setIcon(icon(name, colour))
