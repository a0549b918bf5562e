"""The program's icon in the forms that desktops want, drawn from its SVG.

python packaging/icons.py ico|icns FOLDER
python packaging/icons.py png FOLDER SIZE...
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterable
from pathlib import Path

SVG = Path(__file__).resolve().parents[1] / "resources" / "icons" / "app.svg"
_SIZES_PX = (16, 24, 32, 48, 64, 128, 256, 512, 1024)


def write(folder: Path) -> str:
    """Write the icon of this system to ``folder``; returns its path."""
    return str(write_ico(folder) if sys.platform == "win32" else write_icns(folder))


def write_ico(folder: Path) -> Path:
    """Windows' own format, which ends at 256 px."""
    path = folder / "app.ico"
    sizes = [(size, size) for size in _SIZES_PX if size <= 256]
    _picture(256).save(path, sizes=sizes, append_images=[_picture(size) for size, _ in sizes])
    return path


def write_icns(folder: Path) -> Path:
    """The format of macOS."""
    path = folder / "app.icns"
    _picture(1024).save(path, append_images=[_picture(size) for size in _SIZES_PX[:-1]])
    return path


def write_pngs(folder: Path, sizes: Iterable[int]) -> None:
    """A file for each size, as Linux wants them."""
    for size in sizes:
        _picture(size).save(folder / f"fpt-studio-{size}.png")


def _picture(size: int):
    """The SVG at ``size`` pixels, as a picture of Pillow's."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PIL import Image
    from PySide6.QtCore import QBuffer, Qt
    from PySide6.QtGui import QGuiApplication, QImage, QPainter
    from PySide6.QtSvg import QSvgRenderer

    application = QGuiApplication.instance() or QGuiApplication([])
    image = QImage(size, size, QImage.Format.Format_ARGB32)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    QSvgRenderer(str(SVG)).render(painter)
    painter.end()
    buffer = QBuffer()
    buffer.open(QBuffer.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")
    assert application is not None, "text in an SVG needs one"
    return Image.open(io.BytesIO(buffer.data().data()))


if __name__ == "__main__":
    kind, target = sys.argv[1], Path(sys.argv[2])
    if kind == "png":
        write_pngs(target, map(int, sys.argv[3:]))
    else:
        (write_ico if kind == "ico" else write_icns)(target)
