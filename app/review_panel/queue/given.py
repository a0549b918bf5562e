"""What a drop or a paste gives: files, or the pixels of a picture."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QMimeData
from PySide6.QtGui import QImage

NOTHING = (
    "There is no image in what was dropped or pasted. Drop files or folders, or copy the picture "
    "itself rather than its address."
)


@dataclass(frozen=True, slots=True)
class Given:
    """Files and folders, or one picture without a file."""

    paths: tuple[Path, ...] = ()
    picture: QImage | None = None


def given_by(data: QMimeData) -> Given:
    """What is in ``data``. An address in a browser is not fetched: nothing goes out or comes in."""
    paths = tuple(Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile())
    if not paths and data.hasText():
        lines = [line.strip().strip('"') for line in data.text().splitlines() if line.strip()]
        there = [Path(line) for line in lines if Path(line).is_absolute() and Path(line).exists()]
        paths = tuple(there) if len(there) == len(lines) else ()
    if paths or not data.hasImage():
        return Given(paths)
    picture = data.imageData()
    return Given(picture=picture if isinstance(picture, QImage) else None)
