from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QSystemTrayIcon, QWidget
from pytestqt.qtbot import QtBot

from app.run_watch import RunWatch


@pytest.fixture
def watch(qtbot: QtBot) -> Iterator[RunWatch]:
    window = QWidget()
    qtbot.addWidget(window)
    watch = RunWatch(window)
    yield watch
    watch.close()


def test_the_machine_is_kept_awake_while_a_run_trains(
    watch: RunWatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WAKEPY_FAKE_SUCCESS", "1")
    assert not watch.keeps_awake

    watch.set_running(True)
    watch.set_running(True)
    assert watch.keeps_awake

    watch.set_running(False)
    assert not watch.keeps_awake


def test_where_the_system_does_not_allow_it_that_is_said(
    watch: RunWatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    watch.noted.connect(said.append)
    monkeypatch.setenv("WAKEPY_FAKE_SUCCESS", "0")
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)

    watch.set_running(True)

    assert watch.keeps_awake or "does not let the program keep it awake" in said[0]


def test_the_end_is_told_on_the_desktop(watch: RunWatch, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[str, str]] = []
    monkeypatch.setattr(QSystemTrayIcon, "isSystemTrayAvailable", staticmethod(lambda: True))
    monkeypatch.setattr(
        QSystemTrayIcon, "showMessage", lambda self, title, text, *_: told.append((title, text))
    )

    watch.tell_end("Done", "Test AUC 0.9 on 45 images.")

    assert told == [("Done", "Test AUC 0.9 on 45 images.")]


def test_who_is_looking_is_not_told_twice(
    watch: RunWatch, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr(QSystemTrayIcon, "isSystemTrayAvailable", staticmethod(lambda: True))
    monkeypatch.setattr(QSystemTrayIcon, "showMessage", lambda *_: told.append("told"))
    monkeypatch.setattr(QWidget, "isActiveWindow", lambda self: True)

    watch.tell_end("Done", "")

    assert told == []


def test_a_click_on_the_message_brings_the_window_to_the_front(
    watch: RunWatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QSystemTrayIcon, "isSystemTrayAvailable", staticmethod(lambda: True))
    monkeypatch.setattr(QSystemTrayIcon, "showMessage", lambda *_: None)
    watch.tell_end("Done", "")
    watch._window.showMinimized()

    watch._tray.messageClicked.emit()

    assert watch._window.isVisible()
    assert not watch._window.isMinimized()
