from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QObject, QTimer
from pytestqt.qtbot import QtBot

from app.trouble import Trouble
from fpt_core.errors import ProjectError

pytestmark = pytest.mark.qt_no_exception_capture


@pytest.fixture
def told() -> Iterator[list[str]]:
    before, parent = sys.excepthook, QObject()
    trouble = Trouble(parent)
    texts: list[str] = []
    trouble.met.connect(texts.append)
    yield texts
    trouble.close()
    assert sys.excepthook == before


def _raise(error: Exception) -> None:
    raise error


def test_what_a_slot_lets_pass_is_told_in_its_own_words(qtbot: QtBot, told: list[str]) -> None:
    QTimer.singleShot(0, lambda: _raise(ProjectError("It is gone.", "Bring it back.")))
    qtbot.waitUntil(lambda: bool(told))
    assert "It is gone." in told[0]
    assert "Bring it back." in told[0]


def test_an_error_of_our_own_is_logged_and_told_without_a_stack_trace(
    qtbot: QtBot, told: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    QTimer.singleShot(0, lambda: _raise(ZeroDivisionError("division")))
    qtbot.waitUntil(lambda: bool(told))
    assert "an error of its own" in told[0]
    assert "division" not in told[0]
    assert "ZeroDivisionError" in caplog.text
