"""Says where an image does not look like the training images, and shows the nearest of these."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.widgets.thumbnail_source import ThumbnailSource
from fpt_core.dataset.project import Project
from fpt_core.dataset.records import ImageRecord
from fpt_core.errors import FptError
from fpt_core.events import Predicted

_MOST_SHOWN = 3
_SIDE_PX = 78


class LikenessBox(QFrame):
    """Hidden while the image on screen looks like the training images, or where nobody knows."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("likenessBox")
        self.setProperty("role", "message")
        self._project: Project | None = None
        self._nearest: list[ImageRecord] = []
        self._thumbnails = ThumbnailSource(2 * _SIDE_PX, self)
        self._thumbnails.ready.connect(self._draw)
        title = QLabel("Does not look like the training images")
        title.setProperty("role", "heading")
        title.setWordWrap(True)
        self._text = QLabel()
        self._text.setObjectName("likenessText")
        self._text.setWordWrap(True)
        self._pictures = [QLabel() for _ in range(_MOST_SHOWN)]
        row = QHBoxLayout()
        row.setSpacing(6)
        for picture in self._pictures:
            picture.setFixedSize(QSize(_SIDE_PX, _SIDE_PX))
            picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
            row.addWidget(picture)
        row.addStretch()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 10, 12, 10)
        layout.addWidget(title)
        layout.addWidget(self._text)
        layout.addLayout(row)
        self.hide()

    def set_project(self, project: Project | None) -> None:
        """Look for the training images in ``project``."""
        self._project = project
        if project is not None:
            self._thumbnails.set_recipe(project.recipe())

    def show_answer(self, answer: Predicted | None) -> None:
        """Warn of an image that is unlike the training images; hide for any other."""
        if answer is None or not answer.is_unlike:
            self.hide()
            return
        assert answer.distance is not None, "it is known to be unlike"
        hashes = answer.nearest[:_MOST_SHOWN]
        self._nearest = [] if self._project is None else self._project.with_content(hashes)
        nearest = " The nearest of them:" if self._nearest else ""
        self._text.setText(
            f"It is {answer.distance:.1f} times as far from them as they are from each other at "
            f"most, so the answer may mean nothing.{nearest}"
        )
        self._thumbnails.want(self._nearest)
        self._draw()
        self.show()

    def close_readers(self) -> None:
        """Stop decoding in the background."""
        self._thumbnails.close()

    def _draw(self) -> None:
        for place, label in enumerate(self._pictures):
            image = self._nearest[place] if place < len(self._nearest) else None
            label.setVisible(image is not None)
            if image is None:
                continue
            picture = self._thumbnails.picture(image)
            label.setAccessibleName(f"Training image of class {image.class_name}")
            label.setToolTip(image.class_name)
            if isinstance(picture, QPixmap):
                size = label.size() * label.devicePixelRatioF()
                picture = picture.scaled(
                    size,
                    Qt.AspectRatioMode.KeepAspectRatio,
                    Qt.TransformationMode.SmoothTransformation,
                )
                picture.setDevicePixelRatio(label.devicePixelRatioF())
                label.setPixmap(picture)
            else:
                label.setText("Not there" if isinstance(picture, FptError) else "")
