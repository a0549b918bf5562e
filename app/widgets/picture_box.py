"""One picture, as large as its place allows, with a caption under it."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

_LEAST_PX = 80


class PictureBox(QWidget):
    """Shows nothing until it is given a picture.

    Args:
        name: Object name.
        caption: What it is a picture of.
    """

    def __init__(self, name: str, caption: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setAccessibleName(caption)
        self.picture = _Picture()
        text = QLabel(caption)
        text.setProperty("role", "hint")
        text.setAlignment(Qt.AlignmentFlag.AlignCenter)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self.picture, stretch=1)
        layout.addWidget(text)

    @property
    def image(self) -> QImage:
        """What is shown; null where nothing is."""
        return self.picture.image

    def show_picture(self, image: QImage) -> None:
        """Show this picture."""
        self.picture.set_image(image)


class _Picture(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self.image = QImage()
        self.setMinimumSize(_LEAST_PX, _LEAST_PX)

    def set_image(self, image: QImage) -> None:
        self.image = image
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(2 * _LEAST_PX, 2 * _LEAST_PX)

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.image.isNull():
            return
        size = self.image.size().scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
        place = QRect(QPoint(), size)
        place.moveCenter(self.rect().center())
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(place, self.image)
        painter.end()
