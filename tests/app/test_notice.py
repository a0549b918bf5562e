from __future__ import annotations

import io
import shutil
import subprocess
import sys

import pytest

from app.notice import tell


@pytest.fixture
def boxes(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Calls of the desktop's programs that show a sentence."""
    calls: list[list[str]] = []
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(subprocess, "run", lambda command, check: calls.append(command))
    return calls


def test_it_is_said_in_the_terminal(
    boxes: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = io.StringIO()
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stderr", terminal)
    tell("Not whole.")
    assert terminal.getvalue() == "fpt-studio: Not whole.\n"
    assert boxes == []


@pytest.mark.parametrize("stderr", [None, io.StringIO()], ids=["none", "a file"])
def test_where_there_is_no_terminal_it_is_shown(
    stderr: io.StringIO | None, boxes: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stderr", stderr)
    tell("Not whole.")
    assert boxes == [["zenity", "--error", "--text", "Not whole."]]
