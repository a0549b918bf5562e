from __future__ import annotations

import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtNetwork import QLocalSocket
from pytestqt.qtbot import QtBot

from app.single_instance import SingleInstance

_SECOND_START = """
import sys
from pathlib import Path
from PySide6.QtCore import QCoreApplication
from app.single_instance import SingleInstance

application = QCoreApplication([])
first = SingleInstance(sys.argv[1]).claim([Path(file) for file in sys.argv[2:]])
sys.exit(7 if first else 0)
"""
_KILLED = """
import os, sys
from PySide6.QtCore import QCoreApplication
from app.single_instance import SingleInstance

application = QCoreApplication([])
assert SingleInstance(sys.argv[1]).claim([])
os.kill(os.getpid(), 9)
"""


@pytest.fixture
def name() -> str:
    return f"fpt-test-{uuid.uuid4().hex[:12]}"


@pytest.fixture
def first(qtbot: QtBot, name: str) -> Iterator[SingleInstance]:
    """The one window's own."""
    instance = SingleInstance(name)
    assert instance.claim([])
    yield instance
    instance.close()


def _start(code: str, name: str, *files: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", code, name, *files])


def test_a_second_start_hands_its_files_over(
    first: SingleInstance, name: str, qtbot: QtBot
) -> None:
    files = ["/Bilder/Müller Übung.dcm", "/病院/model.fpt"]
    with qtbot.waitSignal(first.files_received, timeout=30_000) as received:
        second = _start(_SECOND_START, name, *files)
    assert received.args == [[Path(file) for file in files]]
    assert second.wait(30) == 0


def test_a_start_without_files_asks_for_the_window_alone(
    first: SingleInstance, name: str, qtbot: QtBot
) -> None:
    with qtbot.waitSignal(first.files_received, timeout=30_000) as received:
        second = _start(_SECOND_START, name)
    assert received.args == [[]]
    assert second.wait(30) == 0


def test_of_two_starts_at_once_one_shows_the_window(name: str, qtbot: QtBot) -> None:
    first = SingleInstance(name)
    others = [_start(_SECOND_START, name, str(number)) for number in range(2)]
    is_first = first.claim([])
    qtbot.waitUntil(lambda: all(other.poll() is not None for other in others), timeout=60_000)
    first.close()
    # Each of the others handed over to us, or was first itself and ended before we began.
    assert is_first or 7 in [other.returncode for other in others]
    assert set(other.returncode for other in others) <= {0, 7}


@pytest.mark.skipif(sys.platform == "win32", reason="kill by signal")
def test_after_a_kill_the_next_start_is_the_first(name: str, qtbot: QtBot) -> None:
    assert _start(_KILLED, name).wait(60) == -9
    instance = SingleInstance(name)
    assert instance.claim([])
    with qtbot.waitSignal(instance.files_received, timeout=30_000):
        second = _start(_SECOND_START, name, "a.dcm")
    assert second.wait(30) == 0
    instance.close()


@pytest.mark.parametrize("message", [b"no json\n", b"3\n", b"x" * (2**20 + 1)])
def test_what_is_no_message_is_dropped(
    message: bytes, first: SingleInstance, name: str, qtbot: QtBot
) -> None:
    socket = QLocalSocket()
    with qtbot.assertNotEmitted(first.files_received):
        socket.connectToServer(name)
        socket.write(message)
        disconnected = QLocalSocket.LocalSocketState.UnconnectedState
        qtbot.waitUntil(lambda: socket.state() == disconnected, timeout=30_000)
