"""A view as a picture for a paper: always dark on light, as pixels or as vectors."""

from __future__ import annotations

import atexit
import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from PySide6.QtCore import QBuffer, QByteArray, QMimeData, QPoint, QRect, QRectF
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QApplication, QGraphicsView, QWidget

from app.theme import LIGHT
from fpt_core.errors import translate_os_error
from fpt_core.files import write_atomically

_SCALE = 3
"""Pixels for each of the screen's: about 300 dots an inch at a column's width."""
_SVG_TYPE = "image/svg+xml"


def copy_picture(view: QWidget) -> None:
    """Put ``view`` on the clipboard; the program it is pasted into takes what it can."""
    data = QMimeData()
    data.setImageData(as_image(view))
    data.setData(_SVG_TYPE, QByteArray(as_svg(view)))
    QApplication.clipboard().setMimeData(data)
    atexit.unregister(_leave_pixels)
    atexit.register(_leave_pixels)


def _leave_pixels() -> None:
    """Leave on the clipboard what Qt holds by itself: data of Python's crash when Python ends."""
    clipboard = QApplication.clipboard()
    if clipboard.mimeData().hasFormat(_SVG_TYPE):
        clipboard.setImage(clipboard.image())


def save_png(view: QWidget, path: Path) -> None:
    """Write ``view`` as a PNG file.

    Raises:
        FptError: If it cannot be written.
    """
    buffer = QBuffer()
    buffer.open(QBuffer.OpenModeFlag.WriteOnly)
    as_image(view).save(buffer, "PNG")  # type: ignore[call-overload]
    _write(path, bytes(buffer.data().data()))


def save_svg(view: QWidget, path: Path) -> None:
    """Write ``view`` as an SVG file.

    Raises:
        FptError: If it cannot be written.
    """
    _write(path, as_svg(view))


def as_image(view: QWidget) -> QImage:
    """``view`` as pixels."""
    image = QImage(view.size() * _SCALE, QImage.Format.Format_ARGB32)
    image.fill(QColor(LIGHT.background))
    painter = QPainter(image)
    painter.scale(_SCALE, _SCALE)
    _paint(view, painter)
    painter.end()
    return image


def as_svg(view: QWidget) -> bytes:
    """``view`` as vectors."""
    buffer = QBuffer()
    generator = QSvgGenerator()
    generator.setOutputDevice(buffer)
    generator.setSize(view.size())
    generator.setViewBox(view.rect())
    generator.setTitle(view.accessibleName())
    painter = QPainter(generator)
    _paint(view, painter)
    painter.end()
    return bytes(buffer.data().data())


def _paint(view: QWidget, painter: QPainter) -> None:
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    with _light(view):
        if isinstance(view, QGraphicsView):
            target, source = QRectF(view.rect()), QRect(QPoint(), view.viewport().size())
            view.render(painter, target, source)
        else:
            view.render(painter, QPoint())


@contextlib.contextmanager
def _light(view: Any) -> Iterator[None]:
    colours = view.colours
    view.set_colours(LIGHT)
    try:
        yield
    finally:
        view.set_colours(colours)


def _write(path: Path, content: bytes) -> None:
    try:
        write_atomically(path, content)
    except OSError as error:
        raise translate_os_error(error, path) from error
