from __future__ import annotations

import pytest
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFileDialog, QMessageBox

from app.actions import ACTIONS, ActionSpec
from app.main_window import MainWindow


def test_names_and_shortcuts_are_unique() -> None:
    names = [spec.name for spec in ACTIONS]
    shortcuts = [spec.shortcut for spec in ACTIONS if spec.shortcut]

    assert len(set(names)) == len(names)
    assert len(set(shortcuts)) == len(shortcuts)


@pytest.mark.parametrize("spec", ACTIONS, ids=lambda spec: spec.name)
def test_every_action_calls_its_handler(
    window: MainWindow, spec: ActionSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    for name in ("getSaveFileName", "getOpenFileName", "getOpenFileNames"):
        monkeypatch.setattr(QFileDialog, name, lambda *_, **__: asked.append("file") or ("", ""))
    monkeypatch.setattr(
        QFileDialog, "getExistingDirectory", lambda *_, **__: asked.append("folder") or ""
    )
    monkeypatch.setattr(QMessageBox, "about", lambda *_: asked.append("about"))
    action = window.findChild(QAction, spec.name)
    assert action is not None
    assert action.text() == spec.text

    action.trigger()

    asks = {"choose_new_project", "choose_project", "choose_image", "choose_model", "show_about"}
    assert bool(asked) == (spec.handler in asks)
    assert window.isVisible() == (spec.handler != "close")
