"""The menu bar, made from the table of actions."""

from __future__ import annotations

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu

from app.actions import ACTIONS


def add_menus(window: QMainWindow) -> None:
    """Give ``window`` its menus; each action calls the window's method of that name."""
    menus: dict[str, QMenu] = {}
    for spec in ACTIONS:
        if spec.menu not in menus:
            menus[spec.menu] = window.menuBar().addMenu(spec.menu)
        action = QAction(spec.text, window)
        action.setObjectName(spec.name)
        if spec.shortcut:
            action.setShortcut(QKeySequence(spec.shortcut))
        handler = getattr(window, spec.handler)
        action.triggered.connect(lambda _=False, handler=handler: handler())
        menus[spec.menu].addAction(action)
