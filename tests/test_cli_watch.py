"""`fpt watch` as people stop it: Ctrl+C, and the same command again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.pictures import write_image

_LIMIT_S = 90.0


def _watch(model: Path, folder: Path, log: Path, files: int) -> tuple[int, str]:
    """Watch until the log has so many lines of files, then press Ctrl+C."""
    process = subprocess.Popen(
        [sys.executable, "-m", "fpt_core.cli", "watch", str(model), str(folder), "--log", str(log),
         "--every", "0.2", "--settled", "0.2"],
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.getcwd()},
        preexec_fn=_hear_ctrl_c,
    )  # fmt: skip
    with process:
        try:
            limit = time.monotonic() + _LIMIT_S
            while time.monotonic() < limit and process.poll() is None and _lines(log) <= files:
                time.sleep(0.1)
            process.send_signal(signal.SIGINT)
            _, told = process.communicate(timeout=_LIMIT_S)
        finally:
            process.kill()
    return process.returncode, told


def _hear_ctrl_c() -> None:
    """A shell that runs the tests in its background has its children ignore it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def _lines(log: Path) -> int:
    return len(log.read_text(encoding="utf-8-sig").splitlines()) if log.exists() else 0


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl+C is no signal to a process there")
def test_ctrl_c_ends_it_cleanly_and_the_same_command_goes_on(
    trained: tuple[Path, Path], no_weights: Path, tmp_path: Path
) -> None:
    log = tmp_path / "log.csv"
    write_image(tmp_path / "inbox" / "first.png", 1)
    status, told = _watch(trained[1], tmp_path / "inbox", log, 1)
    assert status == 130
    assert "Traceback" not in told
    assert "goes on" in told
    write_image(tmp_path / "inbox" / "second.png", 2)
    assert _watch(trained[1], tmp_path / "inbox", log, 2)[0] == 130
    assert _lines(log) == 3
