"""Frames decoded off the GUI thread: the one that is wanted first, its neighbours ahead."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from app.viewer.picture_levels import PictureLevels
from app.widgets.background import BackgroundReader
from fpt_core.errors import FptError
from fpt_core.images import num_frames, read_pixels

_KEPT_BYTES = 128 * 2**20
_AHEAD = 3
"""Frames decoded before they are asked for, in the direction of the last step."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A frame that cannot be shown."""

    error: FptError
    frames: int
    """Of its file, which others of them may be read from."""
    num_bytes: int = 0


def read_frame(path: Path, frame: int) -> PictureLevels | Unreadable:
    """A frame made ready for the screen, or why it cannot be."""
    try:
        return PictureLevels.of(read_pixels(path, frame))
    except FptError as error:
        return Unreadable(error, _frames_of(path))


def _frames_of(path: Path) -> int:
    try:
        return num_frames(path)
    except FptError:
        return 1


class FrameLoader(QObject):
    """The frames of one file. A wheel turned fast asks for many; only the last is decoded.

    Signals:
        loaded(path, frame, picture): The wanted frame is ready.
        failed(path, frame, unreadable): The wanted frame cannot be shown.
    """

    loaded = Signal(object, int, object)
    failed = Signal(object, int, object)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._reader = BackgroundReader(1, self)
        self._reader.done.connect(self._on_read)
        self._path: Path | None = None
        self._frames = 1
        self._wanted, self._direction = 0, 1
        self._delivered = True
        self._reading: tuple[Path, int] | None = None
        self._kept: OrderedDict[int, PictureLevels | Unreadable] = OrderedDict()
        self._expected: tuple[Path, int] | None = None
        self._ready: PictureLevels | Unreadable | None = None

    @property
    def ahead(self) -> list[int]:
        """The frames that will be wanted soon, the first first."""
        start, step = self._wanted + self._direction, self._direction
        frames = range(start, start + step * _AHEAD, step)
        return [frame for frame in frames if 0 <= frame < self._frames]

    def open(self, path: Path, frame: int = 0) -> None:
        """Load one frame of ``path``."""
        self._path, self._frames, self._direction = path, 1, 1
        self._kept.clear()
        if self._ready is not None and self._expected == (path, frame):
            self._keep(frame, self._ready)
        self._expected = self._ready = None
        self._want(frame)

    def expect(self, path: Path, frame: int) -> None:
        """Decode a frame of another file ahead, when nothing of this one is wanted."""
        if (path, frame) != self._expected:
            self._expected, self._ready = (path, frame), None
            self._read_next()

    def want(self, frame: int) -> None:
        """Load another frame of the same file."""
        self._direction = 1 if frame >= self._wanted else -1
        self._want(frame)

    def forget(self) -> None:
        """Deliver nothing until a file is opened."""
        self._path, self._delivered = None, True
        self._kept.clear()

    def close(self) -> None:
        """Stop decoding."""
        self._reader.close()

    def _want(self, frame: int) -> None:
        self._wanted, self._delivered = frame, False
        if frame in self._kept:
            self._deliver()
        self._read_next()

    def _deliver(self) -> None:
        self._delivered = True
        self._kept.move_to_end(self._wanted)
        found = self._kept[self._wanted]
        told = self.failed if isinstance(found, Unreadable) else self.loaded
        told.emit(self._path, self._wanted, found)

    def _read_next(self) -> None:
        """Read the wanted frame, or one that will be wanted soon; one at a time."""
        if self._reading is None and (place := self._next_place()) is not None:
            self._reading = place
            self._reader.start(place, lambda: read_frame(*place))

    def _next_place(self) -> tuple[Path, int] | None:
        if self._path is None:
            return None
        # How many frames there are is known from the first that is read.
        for frame in self.ahead if self._delivered else [self._wanted]:
            if frame not in self._kept:
                return (self._path, frame)
        return self._expected if self._delivered and self._ready is None else None

    def _on_read(self, key: tuple[Path, int], result: Any) -> None:
        path, frame = key
        self._reading = None
        if isinstance(result, FptError):
            result = Unreadable(result, self._frames)
        if key == self._expected:
            self._ready = result
        elif path == self._path:
            self._keep(frame, result)
            if frame == self._wanted and not self._delivered:
                self._deliver()
        self._read_next()

    def _keep(self, frame: int, picture: PictureLevels | Unreadable) -> None:
        self._frames = picture.frames
        self._kept[frame] = picture
        while (
            len(self._kept) > _AHEAD + 1
            and sum(kept.num_bytes for kept in self._kept.values()) > _KEPT_BYTES
        ):
            self._kept.popitem(last=False)
