"""Does the viewer follow the hand: a large radiograph dragged about, a long file scrolled."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import imagecodecs
import numpy as np
import psutil
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.dataset import FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import (
    UID,
    ExplicitVRLittleEndian,
    JPEG2000Lossless,
    SecondaryCaptureImageStorage,
    generate_uid,
)
from PySide6.QtCore import QEvent, QEventLoop, QObject, QPoint, QPointF, Qt, QTimer
from PySide6.QtGui import QKeyEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication

from app.main_window import MainWindow
from app.settings import Settings
from app.theme import apply_theme

_WINDOW_PX = (1280, 720)
_TIMEOUT_S = 60.0
_LOOK_MS = 100
_REACH_PX, _STEP_PX = 120, 4
_FRAME_PX = 512
_DIFFERENT_FRAMES = 10
_NO_BUTTON, _NO_MODIFIER = Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier


@dataclass(frozen=True, slots=True)
class Dragged:
    """What the screen did while the mouse was dragged."""

    frames_per_s: float
    slowest_ms: float


@dataclass(frozen=True, slots=True)
class Scrolled:
    """What the screen did while a file was gone through by wheel, frame by frame."""

    file_bytes: int
    first_ms: float
    """From opening the file to its first frame on screen."""
    ms: float
    """From a turn of the wheel to its frame on screen; the median."""
    slowest_ms: float
    memory_bytes: int
    """By how much the window's process grew at most."""


@dataclass(slots=True)
class ViewerReport:
    """What was measured."""

    side_px: int
    frames: int
    dragged: dict[str, Dragged] = field(default_factory=dict)
    """A square image of 16 bits, by what the drag does."""
    scrolled: dict[str, Scrolled] = field(default_factory=dict)
    """Files of several frames at 16 bits, by how they are compressed."""

    def as_text(self) -> str:
        """Lines for a person."""
        width, height = _WINDOW_PX
        return "\n".join(
            [
                f"{self.side_px} x {self.side_px} at 16 bits in a window of {width} x {height}",
                *(
                    f"  {name:<24} {found.frames_per_s:4.0f} frames a second, "
                    f"slowest {found.slowest_ms:.1f} ms"
                    for name, found in self.dragged.items()
                ),
                f"{self.frames} frames of {_FRAME_PX} x {_FRAME_PX} at 16 bits, by wheel",
                *(
                    f"  {name:<24} {found.ms:4.0f} ms a frame, slowest {found.slowest_ms:.0f} ms, "
                    f"first {found.first_ms:.0f} ms; file {found.file_bytes / 1e6:.0f} MB, "
                    f"memory +{found.memory_bytes / 1e6:.0f} MB"
                    for name, found in self.scrolled.items()
                ),
            ]
        )


def measure_viewer(side_px: int = 4096, frames: int = 500, moves: int = 240) -> ViewerReport:
    """Drag and scroll in a window of its own."""
    report = ViewerReport(side_px, frames)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name)
        large = _write(folder / "large.dcm", [_radiograph(side_px, 0)])
        plain, packed = _write_long_files(folder, frames)
        with _window(folder) as window:
            hand = _Hand(window)
            hand.open(large)
            report.dragged = _drag_about(hand, moves)
            report.scrolled["not compressed"] = _scroll(hand, plain, frames)
            report.scrolled["JPEG 2000 lossless"] = _scroll(hand, packed, frames)
    return report


@contextmanager
def _window(folder: Path) -> Iterator[MainWindow]:
    application = QApplication.instance() or QApplication([])
    assert isinstance(application, QApplication), "a window has an application"
    settings = Settings(folder / "settings.ini")
    apply_theme(application, settings.theme)
    window = MainWindow(settings, ask_to_stop=lambda _: True)
    window.resize(*_WINDOW_PX)
    window.show()
    window.show_review()
    try:
        yield window
    finally:
        window.close()
        window.deleteLater()


class _Hand(QObject):
    """Mouse, wheel and keys over the viewer, and the time until the screen has followed."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._panel, self._viewer = window.review_panel, window.review_panel.viewer
        self._surface = self._viewer.view.viewport()
        self._surface.installEventFilter(self)
        self._painted = 0
        # Waiting for events, it looks at the clock now and then.
        QTimer(self).start(_LOOK_MS)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        self._painted += event.type() == QEvent.Type.Paint
        return False

    def open(self, path: Path) -> float:
        """Show a file; the milliseconds until it is on screen."""
        viewer = self._viewer
        return self._ms(
            lambda: self._panel.open_path(path),
            lambda: viewer.path == path and viewer.frames > 0,
        )

    def drag(self, button: Qt.MouseButton, moves: int) -> list[float]:
        """Drag about; the milliseconds until the screen had followed each move."""
        steps = range(0, moves * _STEP_PX, _STEP_PX)
        places = [QPoint(_to_and_fro(step), _to_and_fro(step + _REACH_PX)) for step in steps]
        self._mouse(QEvent.Type.MouseButtonPress, places[0], button)
        taken = [
            self._ms(lambda place=place: self._mouse(QEvent.Type.MouseMove, place, button))
            for place in places[1:]
        ]
        self._mouse(QEvent.Type.MouseButtonRelease, places[-1], button)
        return taken

    def wheel(self, frame: int) -> float:
        """Turn the wheel once, to ``frame``; the milliseconds until it is on screen."""
        at = QPointF(self._surface.rect().center())
        event = QWheelEvent(
            at,
            self._surface.mapToGlobal(at),
            QPoint(),
            QPoint(0, -120),
            _NO_BUTTON,
            _NO_MODIFIER,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        return self._ms(
            lambda: QApplication.sendEvent(self._surface, event),
            lambda: self._viewer.frame == frame,
        )

    def key(self, key: Qt.Key) -> None:
        """Press a key."""
        event = QKeyEvent(QEvent.Type.KeyPress, key, _NO_MODIFIER, "")
        QApplication.sendEvent(self._viewer.view, event)
        QApplication.processEvents()

    def _mouse(self, kind: QEvent.Type, place: QPoint, button: Qt.MouseButton) -> None:
        at = QPointF(self._surface.rect().center() + place)
        moves = kind is QEvent.Type.MouseMove
        event = QMouseEvent(
            kind,
            at,
            self._surface.mapToGlobal(at),
            _NO_BUTTON if moves else button,
            _NO_BUTTON if kind is QEvent.Type.MouseButtonRelease else button,
            _NO_MODIFIER,
        )
        QApplication.sendEvent(self._surface, event)

    def _ms(self, act: Callable[[], object], is_there: Callable[[], bool] = lambda: True) -> float:
        """Milliseconds from the act until it is there and has been painted."""
        start, painted = time.perf_counter(), self._painted
        act()
        while not (is_there() and self._painted > painted):
            QApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
            if time.perf_counter() - start > _TIMEOUT_S:
                raise TimeoutError("The screen did not follow.")
        return 1000 * (time.perf_counter() - start)


def _to_and_fro(step: int) -> int:
    """Between both ends of the reach; never twice at the same place in a row."""
    return abs(step % (4 * _REACH_PX) - 2 * _REACH_PX) - _REACH_PX


def _drag_about(hand: _Hand, moves: int) -> dict[str, Dragged]:
    left, middle, right = (
        Qt.MouseButton.LeftButton,
        Qt.MouseButton.MiddleButton,
        Qt.MouseButton.RightButton,
    )
    measured = {}
    for place, key in (("whole", Qt.Key.Key_F), ("actual size", Qt.Key.Key_Z)):
        for name, button in (("window", left), ("pan", middle), ("zoom", right)):
            hand.key(key)
            taken = hand.drag(button, moves)
            measured[f"{name}, {place}"] = Dragged(
                round(1000 * len(taken) / sum(taken), 1), round(max(taken), 1)
            )
    return measured


def _scroll(hand: _Hand, path: Path, frames: int) -> Scrolled:
    process = psutil.Process()
    before = process.memory_info().rss
    first = hand.open(path)
    taken, highest = [], before
    for frame in range(1, frames):
        taken.append(hand.wheel(frame))
        highest = max(highest, process.memory_info().rss)
    return Scrolled(
        path.stat().st_size,
        round(first, 1),
        round(statistics.median(taken), 1),
        round(max(taken), 1),
        highest - before,
    )


def _write_long_files(folder: Path, frames: int) -> tuple[Path, Path]:
    """The same frames, as they are and compressed."""
    pictures = [_radiograph(_FRAME_PX, seed) for seed in range(_DIFFERENT_FRAMES)]
    packed = [imagecodecs.jpeg2k_encode(picture, level=0) for picture in pictures]
    turns = [number % _DIFFERENT_FRAMES for number in range(frames)]
    return (
        _write(folder / "plain.dcm", [pictures[turn] for turn in turns]),
        _write(folder / "packed.dcm", pictures[:1], [packed[turn] for turn in turns]),
    )


def _radiograph(side: int, seed: int) -> NDArray[np.uint16]:
    """A picture of 16 bits with shades, edges and grain, as a detector gives them."""
    grain = np.random.default_rng(seed).normal(0, 300, (side, side))
    place = np.linspace(-1, 1, side)
    distance = np.hypot(place[:, None], place[None, :] + 0.02 * seed)
    shades = 30_000 + 20_000 * np.cos(4 * distance) + 8_000 * (np.sin(40 * place) > 0)
    return (shades + grain).clip(0, 65_535).astype(np.uint16)


def _write(
    path: Path, pictures: list[NDArray[np.uint16]], packed: list[bytes] | None = None
) -> Path:
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    syntax: UID = ExplicitVRLittleEndian if packed is None else JPEG2000Lossless
    dataset.file_meta.TransferSyntaxUID = syntax
    dataset.SOPClassUID, dataset.SOPInstanceUID = SecondaryCaptureImageStorage, generate_uid()
    dataset.Rows, dataset.Columns = pictures[0].shape
    dataset.NumberOfFrames = len(packed or pictures)
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.BitsAllocated = dataset.BitsStored = 16
    dataset.HighBit, dataset.PixelRepresentation = 15, 0
    dataset.PixelData = (
        encapsulate(packed) if packed else b"".join(picture.tobytes() for picture in pictures)
    )
    dataset["PixelData"].VR = "OB" if packed else "OW"
    dataset.save_as(path, enforce_file_format=True)
    return path
