from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.settings import Settings

_SCREEN_TIMEOUT_S = 60
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


@pytest.fixture
def own_tmp() -> Iterator[str]:
    """A short path: a window that is open on this machine is another one's business."""
    folder = tempfile.mkdtemp(prefix="fpt")
    yield folder
    shutil.rmtree(folder)


def environment(**changes: str) -> dict[str, str]:
    """This process' own, without a screen, and with the source to be found."""
    screens = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    kept = {name: value for name, value in os.environ.items() if name not in screens}
    return {**kept, "PYTHONPATH": os.getcwd(), **changes}


@pytest.mark.skipif(sys.platform != "linux", reason="other systems always have a screen")
def test_a_screen_that_does_not_answer_is_none() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "app"],
        capture_output=True,
        text=True,
        env=environment(DISPLAY=":987", PATH="/nowhere"),
        timeout=_SCREEN_TIMEOUT_S,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr == "fpt-studio: There is no screen here. Use the command line `fpt`.\n"


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_and_logout_close_the_window_in_order(
    number: signal.Signals, tmp_path: Path, own_tmp: str
) -> None:
    program = tmp_path / "start.py"
    program.write_text(_START, encoding="utf-8")
    process = subprocess.Popen(
        [sys.executable, str(program), str(tmp_path / "settings.ini")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(QT_QPA_PLATFORM="offscreen", TMPDIR=own_tmp),
    )
    assert process.stdout is not None
    assert process.stdout.readline().strip() == "open"

    process.send_signal(number)

    _, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    assert "Traceback" not in errors
    assert Settings(tmp_path / "settings.ini").geometry is not None
