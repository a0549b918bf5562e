"""Buttons with the names that tests and screen readers need."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QPushButton


def make_button(
    name: str, text: str, act: Callable[[], object] | None = None, *, primary: bool = False
) -> QPushButton:
    """A push button; ``primary`` marks the one that goes on."""
    button = QPushButton(text)
    button.setObjectName(name)
    button.setAccessibleName(text.rstrip("…"))
    if primary:
        button.setProperty("role", "primary")
    if act is not None:
        button.clicked.connect(lambda: act())
    return button
