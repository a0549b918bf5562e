"""A button that offers several ways."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtWidgets import QMenu, QPushButton

from app.widgets.button import make_button


def make_menu_button(
    name: str, text: str, ways: Sequence[tuple[str, str, Callable[[], object]]]
) -> QPushButton:
    """A push button with a menu.

    Args:
        name: Object name.
        text: On the button.
        ways: Object name, text and effect of each entry.
    """
    button = make_button(name, text)
    menu = QMenu(button)
    for entry, entry_text, act in ways:
        action = menu.addAction(entry_text)
        action.setObjectName(entry)
        action.triggered.connect(lambda _=False, act=act: act())
    button.setMenu(menu)
    return button
