"""Menus, names, theme, and what survives a restart."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QRect
from PySide6.QtGui import QAction, QScreen
from PySide6.QtWidgets import QAbstractButton, QAbstractSpinBox, QComboBox, QLabel, QSlider
from pytestqt.qtbot import QtBot

from app.actions import ACTIONS
from app.main_window import MainWindow
from app.pages.pages import PAGES
from app.settings import Settings
from app.theme import Theme
from fpt_core.dataset.project import Project


@pytest.mark.parametrize("spec", ACTIONS, ids=lambda spec: spec.name)
def test_every_action_has_its_entry_and_handler(window: MainWindow, spec: object) -> None:
    action = window.findChild(QAction, spec.name)  # type: ignore[attr-defined]
    assert action is not None
    assert callable(getattr(window, spec.handler))  # type: ignore[attr-defined]


def test_shortcuts_are_not_used_twice() -> None:
    shortcuts = [spec.shortcut for spec in ACTIONS if spec.shortcut]
    assert len(shortcuts) == len(set(shortcuts))


def test_every_control_has_a_name_for_screen_readers(window: MainWindow) -> None:
    for name in PAGES:
        window.show_page(name)
    ours = (QAbstractButton, QComboBox, QAbstractSpinBox, QSlider)
    for kind in ours:
        for widget in window.findChildren(kind):
            if widget.objectName().startswith("qt_") or not widget.objectName():
                continue  # parts that Qt makes inside its own widgets
            assert widget.accessibleName() or getattr(widget, "text", str)(), widget.objectName()


def test_device_and_research_use_are_always_visible(window: MainWindow) -> None:
    badge = window.findChild(QLabel, "deviceBadge")
    for show in (window.show_dataset, window.show_training, window.show_review):
        show()
        assert badge.isVisible()
        assert any(
            "research use only" in label.text() and label.isVisible()
            for label in window.findChildren(QLabel)
        )


def test_theme_and_project_survive_a_restart(window: MainWindow, tmp_path: Path) -> None:
    window.use_light_theme()
    project = Project.create(tmp_path / "study")
    window.open_project(project.path)
    again = Settings(tmp_path / "settings.ini")
    assert again.theme is Theme.LIGHT
    assert again.last_project == project.path


def test_the_first_window_is_no_larger_than_the_screen(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QScreen, "availableGeometry", lambda _: QRect(0, 30, 1280, 690))
    window = MainWindow(Settings(tmp_path / "settings.ini"))
    window.show()
    qtbot.waitExposed(window)
    assert window.width() == 1280
    assert 640 < window.height() < 690, "the title bar needs room as well"
    window.close()
    window.deleteLater()


def test_a_folder_that_is_no_project_is_refused_in_words(
    window: MainWindow, tmp_path: Path
) -> None:
    window.open_project(tmp_path)
    assert window.dataset_panel.message.isVisible()
    assert "no project" in window.dataset_panel.message.text


def test_an_empty_folder_is_refused_in_words(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    window.open_path(tmp_path / "empty")
    qtbot.waitUntil(lambda: window.dataset_panel.message.isVisible(), timeout=30_000)
    assert "no images" in window.dataset_panel.message.text


def test_training_cannot_start_without_images(window: MainWindow, tmp_path: Path) -> None:
    window.show_training()
    assert not window.training_panel.plan.start.isEnabled()


def test_without_a_screen_one_sentence_is_said() -> None:
    code = "from app.main import main; raise SystemExit(main([]))"
    environment = {"PATH": "/usr/bin"}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if sys.platform.startswith("linux"):
        assert done.returncode == 1
        assert done.stderr.count("\n") == 1
        assert "no screen" in done.stderr


def test_the_hint_of_the_small_backbone_leads_to_others(window: MainWindow) -> None:
    window.show_training()
    window.training_panel.plan.form.backbones_wanted.emit()

    assert window.models_panel.isVisible()
    assert window.models_panel.backbones.isVisible()
