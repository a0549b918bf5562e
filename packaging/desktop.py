"""A virtual desktop: a screen that nobody sees, a window manager, a hand that drags."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
from PIL import Image

_SIZE = (1400, 900)
_LIMIT_S = 120
_DRAG_SOURCE = """
import sys
from PySide6.QtCore import QMimeData, Qt, QTimer, QUrl
from PySide6.QtGui import QDrag
from PySide6.QtWidgets import QApplication, QLabel


class Source(QLabel):
    def mouseMoveEvent(self, event):
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(sys.argv[1])])
        drag = QDrag(self)
        drag.setMimeData(data)
        drag.exec(Qt.DropAction.CopyAction)
        QTimer.singleShot(3000, QApplication.quit)  # the target fetches the data after the drop


application = QApplication([])
source = Source("drag me")
source.setWindowTitle("drag source")
source.setWindowFlags(Qt.WindowType.FramelessWindowHint | Qt.WindowType.WindowStaysOnTopHint)
source.setGeometry(0, 0, 90, 40)
source.show()
application.exec()
"""


class Desktop:
    """Xvfb with openbox; a context manager.

    Args:
        screenshots: Where pictures are kept; ``None``: nowhere.
    """

    def __init__(self, screenshots: Path | None) -> None:
        self.display = f":{90 + os.getpid() % 500}"
        self._screenshots = screenshots
        self._processes: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Desktop:
        width, height = _SIZE
        screen = ["-screen", "0", f"{width}x{height}x24", "-nolisten", "tcp"]
        self._start(["Xvfb", self.display, *screen])
        deadline = time.monotonic() + 20
        while not Path(f"/tmp/.X11-unix/X{self.display[1:]}").exists():
            if time.monotonic() > deadline:
                raise TimeoutError("Xvfb does not start")
            time.sleep(0.1)
        if shutil.which("openbox"):
            self._start(["openbox"])
        return self

    def __exit__(self, *_: object) -> None:
        for process in reversed(self._processes):
            process.terminate()
            process.wait()

    def wait_for_window(self, title: str, limit_s: float) -> None:
        """Return as soon as a window of that title is shown."""
        deadline = time.monotonic() + limit_s
        while not self._tool("xdotool", "search", "--onlyvisible", "--name", title):
            if time.monotonic() > deadline:
                raise TimeoutError(f"no window {title!r} within {limit_s:.0f} s")
            time.sleep(0.05)

    def press(self, keys: str) -> None:
        """Press keys in the window that has the focus."""
        self._tool("xdotool", "key", "--clearmodifiers", keys)

    def drag(self, file: Path) -> None:
        """Drag a file from another program's window onto the middle of the screen."""
        source = self._start([sys.executable, "-c", _DRAG_SOURCE, str(file)], platform="xcb")
        self.wait_for_window("drag source", _LIMIT_S)
        time.sleep(1)
        width, height = _SIZE
        self._tool("xdotool", "mousemove", "40", "20", "mousedown", "1")
        for step in range(1, 21):
            time.sleep(0.05)
            x, y = 40 + step * (width // 2 - 40) // 20, 20 + step * (height // 2 - 20) // 20
            self._tool("xdotool", "mousemove", str(x), str(y))
        # The target answers the last move before it can be dropped on; a hand is never still.
        for step in range(10):
            time.sleep(0.1)
            self._tool("xdotool", "mousemove", str(width // 2 + step % 2), str(height // 2))
        self._tool("xdotool", "mouseup", "1")
        source.wait(_LIMIT_S)

    def count(self, colour: tuple[int, int, int]) -> int:
        """How many pixels of the screen have exactly this colour."""
        return int((self._picture() == np.array(colour, np.uint8)).all(axis=2).sum())

    def shoot(self, name: str) -> None:
        """Keep a picture of the screen."""
        if self._screenshots is not None:
            self._screenshots.mkdir(parents=True, exist_ok=True)
            Image.fromarray(self._picture()).save(self._screenshots / f"{name}.png")

    def _picture(self) -> np.ndarray:
        width, height = _SIZE
        command = ["import", "-silent", "-window", "root", "-depth", "8", "rgb:-"]
        done = subprocess.run(command, capture_output=True, check=True, env=self._environment())
        return np.frombuffer(done.stdout, np.uint8).reshape(height, width, 3)

    def _start(self, command: list[str], platform: str = "") -> subprocess.Popen[bytes]:
        environment = self._environment()
        if platform:
            environment["QT_QPA_PLATFORM"] = platform
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL, env=environment)
        self._processes.append(process)
        return process

    def _tool(self, *command: str) -> str:
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, env=self._environment()
        )
        return done.stdout

    def _environment(self) -> dict[str, str]:
        hidden = ("QT_QPA_PLATFORM",)
        kept = {name: value for name, value in os.environ.items() if name not in hidden}
        return kept | {"DISPLAY": self.display}
