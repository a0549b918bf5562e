"""An image before and after the pixel recipe, decoded off the GUI thread."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QImage, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.widgets.background import BackgroundReader
from app.widgets.elided_label import ElidedLabel
from app.widgets.picture_box import PictureBox
from app.widgets.pictures import to_qimage
from app.widgets.section import make_hint
from fpt_core.config import PixelRecipe
from fpt_core.dataset.records import ImageRecord
from fpt_core.errors import FptError
from fpt_core.images import preview, read_pixels

_WAIT_MS = 120
_LARGEST_PX = 1024


class RecipePreview(QWidget):
    """Two pictures side by side; follows the recipe and the image that is chosen."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._image: ImageRecord | None = None
        self._recipe: PixelRecipe | None = PixelRecipe()
        self._asked = 0
        self._reader = BackgroundReader(1, self)
        self._reader.done.connect(self._on_read)
        self._wait = QTimer(self, singleShot=True, interval=_WAIT_MS)
        self._wait.timeout.connect(self._read)
        self._name = ElidedLabel("previewName")
        self._name.setProperty("role", "heading")
        self.before = PictureBox("previewBefore", "As the file asks")
        self.after = PictureBox("previewAfter", "What the model sees")
        self._objection = make_hint("previewObjection")
        row = QHBoxLayout()
        row.addWidget(self.before)
        row.addWidget(self.after)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._name)
        layout.addWidget(self._objection)
        layout.addLayout(row, stretch=1)

    @property
    def objection(self) -> str:
        """Why there is no picture; empty where there is one."""
        return self._objection.text()

    def set_image(self, image: ImageRecord | None) -> None:
        """Show this image."""
        if image != self._image:
            self._image = image
            name = "" if image is None else image.path.name
            self._name.set_whole_text(name or "Choose an image to see what the recipe does")
            self._wait.start()

    def set_recipe(self, recipe: PixelRecipe | None) -> None:
        """Show what this recipe does; ``None``: it is not complete yet."""
        if recipe is not None and recipe != self._recipe:
            self._recipe = recipe
            self._wait.start()

    def close_readers(self) -> None:
        """Stop decoding in the background."""
        self._wait.stop()
        self._reader.close()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._wait.start()

    def _read(self) -> None:
        image, recipe = self._image, self._recipe
        if image is None or recipe is None or not self.isVisible():
            return
        self._asked += 1
        self._reader.start(self._asked, lambda: _pictures(image, recipe))

    def _on_read(self, asked: int, result: Any) -> None:
        if asked != self._asked:
            return
        failed = isinstance(result, FptError)
        self._objection.setText(str(result) if failed else "")
        self._objection.setVisible(failed)
        before, after = (QImage(), QImage()) if failed else result
        self.before.show_picture(before)
        self.after.show_picture(after)


def _pictures(image: ImageRecord, recipe: PixelRecipe) -> tuple[QImage, QImage]:
    seen = preview(read_pixels(image.path, image.frame, recipe.volume_axis), recipe)
    return _small(to_qimage(seen.before)), _small(to_qimage(seen.after))


def _small(image: QImage) -> QImage:
    if max(image.width(), image.height()) <= _LARGEST_PX:
        return image
    return image.scaled(
        _LARGEST_PX,
        _LARGEST_PX,
        Qt.AspectRatioMode.KeepAspectRatio,
        Qt.TransformationMode.SmoothTransformation,
    )
