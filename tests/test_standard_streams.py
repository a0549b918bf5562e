from __future__ import annotations

import sys

import pytest

from fpt_core.standard_streams import ensure_standard_streams


def test_what_is_missing_is_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", None)
    ensure_standard_streams()
    for stream in (sys.stdout, sys.stderr):
        stream.write("lost, and no error")
        stream.close()


def test_what_is_there_stays() -> None:
    before = sys.stdout, sys.stderr
    ensure_standard_streams()
    assert (sys.stdout, sys.stderr) == before
