"""Thumbnails, decoded in the background for what is on screen and nothing else."""

from __future__ import annotations

import dataclasses
from collections import OrderedDict, deque
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage, QPixmap

from app.widgets.background import BackgroundReader
from app.widgets.pictures import to_qimage
from fpt_core.config import PixelRecipe
from fpt_core.errors import FptError
from fpt_core.images import read_thumbnail

_THREADS = 2
_KEPT_BYTES = 64_000_000


class Pictured(Protocol):
    """Anything with a picture: an image of a project, or of a queue."""

    @property
    def path(self) -> Path:
        """Its file."""

    @property
    def frame(self) -> int:
        """Its frame in the file."""

    @property
    def image_hash(self) -> str:
        """By what it is told from others."""


class ThumbnailSource(QObject):
    """Small copies of images, read when they are wanted and kept within a bound of memory.

    Args:
        size: Longest side in pixels of the screen.

    Signals:
        ready(): Another thumbnail can be drawn.
    """

    ready = Signal()

    def __init__(self, size: int, parent: QObject) -> None:
        super().__init__(parent)
        self._size = size
        self._recipe = PixelRecipe()
        self._kept: OrderedDict[str, QPixmap | FptError] = OrderedDict()
        self._kept_bytes = 0
        self._waiting: deque[Pictured] = deque()
        self._reading: set[str] = set()
        self._reader = BackgroundReader(_THREADS, self)
        self._reader.done.connect(self._on_read)

    def want(self, images: Sequence[Pictured]) -> None:
        """Read these, the first first; what was wanted before and has not begun is forgotten."""
        self._waiting = deque(image for image in images if image.image_hash not in self._kept)
        self._read_on()

    def picture(self, image: Pictured) -> QPixmap | FptError | None:
        """The thumbnail, why there is none, or ``None`` where it is still to be read."""
        kept = self._kept.get(image.image_hash)
        if kept is not None:
            self._kept.move_to_end(image.image_hash)
        return kept

    def set_recipe(self, recipe: PixelRecipe) -> None:
        """Show grey images in the recipe's windows, and volumes along its axis."""
        # What a fundus recipe does needs the whole picture decoded, and would hardly be seen.
        recipe = dataclasses.replace(recipe, fundus_crop=False, fundus_contrast=False)
        if recipe != self._recipe:
            self._recipe = recipe
            self._kept.clear()
            self._kept_bytes = 0

    def retry(self) -> None:
        """Forget which images could not be read: they may be there now."""
        for key in [key for key, kept in self._kept.items() if isinstance(kept, FptError)]:
            del self._kept[key]

    def close(self) -> None:
        """Stop reading."""
        self._waiting.clear()
        self._reader.close()

    def _read_on(self) -> None:
        while self._waiting and len(self._reading) < _THREADS:
            image = self._waiting.popleft()
            if image.image_hash not in self._reading:
                self._reading.add(image.image_hash)
                self._reader.start(image.image_hash, lambda image=image: self._read(image))

    def _read(self, image: Pictured) -> QImage:
        return to_qimage(read_thumbnail(image.path, self._size, image.frame, self._recipe))

    def _on_read(self, key: str, result: Any) -> None:
        self._reading.discard(key)
        self._keep(key, result if isinstance(result, FptError) else QPixmap.fromImage(result))
        self._read_on()
        self.ready.emit()

    def _keep(self, key: str, picture: QPixmap | FptError) -> None:
        self._kept[key] = picture
        self._kept_bytes += _bytes(picture)
        while self._kept_bytes > _KEPT_BYTES:
            _, oldest = self._kept.popitem(last=False)
            self._kept_bytes -= _bytes(oldest)


def _bytes(picture: QPixmap | FptError) -> int:
    if isinstance(picture, FptError):
        return 0
    return picture.width() * picture.height() * picture.depth() // 8
