"""Icons, drawn in the theme's colours."""

from __future__ import annotations

from importlib.resources import files

from PySide6.QtCore import QByteArray, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

_SIZE_PX = 96
"""Large enough for a rail icon at 4K scaling."""


def icon(name: str, colour: str) -> QIcon:
    """The icon ``name`` in one colour."""
    svg = files("resources").joinpath(f"icons/{name}.svg").read_text(encoding="utf-8")
    return QIcon(_pixmap(svg.replace("currentColor", colour)))


def app_icon() -> QIcon:
    """The program's own icon."""
    return icon("app", "")


def _pixmap(svg: str) -> QPixmap:
    pixmap = QPixmap(_SIZE_PX, _SIZE_PX)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    QSvgRenderer(QByteArray(svg.encode())).render(painter)
    painter.end()
    return pixmap
