"""A real window offscreen, with its settings in a folder of the test's."""

from __future__ import annotations

import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.main_window import MainWindow
from app.settings import Settings
from tests.app.samples import JOB_TIMEOUT_MS


@pytest.fixture(autouse=True)
def _nothing_on_this_machine(
    no_weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The window of the tests finds the built-in backbone alone, and no earlier measurements."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture(autouse=True)
def _nothing_is_left() -> Iterator[None]:
    """A test that leaves a window on screen or a worker process behind fails."""
    workers = set(psutil.Process().children())
    yield
    if QApplication.instance() is None:
        return
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    shown = [widget for widget in QApplication.topLevelWidgets() if widget.isVisible()]
    left = [child for child in psutil.Process().children() if child not in workers]
    # Python keeps one process of its own to count what spawned processes share.
    left = [child for child in left if "resource_tracker" not in " ".join(child.cmdline())]
    assert shown == []
    assert left == []


@pytest.fixture
def window(qtbot: QtBot, tmp_path: Path) -> Iterator[MainWindow]:
    """The main window on screen; closed, with its workers, when the test ends."""
    window = MainWindow(Settings(tmp_path / "settings.ini"), ask_to_stop=lambda _: True)
    window.resize(1280, 720)
    window.show()
    qtbot.waitExposed(window)
    yield window
    window.close()
    assert window.trainer.isFinished()
    assert window.responder.isFinished()
    window.deleteLater()


@pytest.fixture
def until(qtbot: QtBot) -> Callable[[Callable[[], bool]], None]:
    """Waits until something is true, for as long as a real job may take."""
    return lambda condition: qtbot.waitUntil(condition, timeout=JOB_TIMEOUT_MS)
