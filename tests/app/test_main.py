from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from app.settings import Settings

_START = """
import sys
from pathlib import Path

import app.main
import app.settings


class OwnSettings(app.settings.Settings):
    def __init__(self):
        super().__init__(Path(sys.argv[1]))


if __name__ == "__main__":
    from PySide6.QtCore import QTimer

    app.settings.Settings = OwnSettings
    QTimer.singleShot(0, lambda: print("open", flush=True))
    sys.exit(app.main.main(sys.argv[2:]))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_and_logout_close_the_window_in_order(
    number: signal.Signals, tmp_path: Path
) -> None:
    program = tmp_path / "start.py"
    program.write_text(_START, encoding="utf-8")
    process = subprocess.Popen(
        [sys.executable, str(program), str(tmp_path / "settings.ini")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.getcwd(), "QT_QPA_PLATFORM": "offscreen"},
    )
    assert process.stdout is not None
    assert process.stdout.readline().strip() == "open"

    process.send_signal(number)

    _, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    assert "Traceback" not in errors
    assert Settings(tmp_path / "settings.ini").geometry is not None
