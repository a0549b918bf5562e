"""A grid of thumbnails that decodes what is on screen and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QSize, Qt, Signal
from PySide6.QtGui import QIcon, QPixmap
from PySide6.QtWidgets import QListView, QWidget

from app.widgets.background import BackgroundReader
from app.widgets.pictures import to_qimage
from fpt_core.dataset.records import ImageRecord
from fpt_core.errors import FptError
from fpt_core.images import read_thumbnail

_SIZE_PX = 112
_THREADS = 2
_KEPT = 2000
"""Thumbnails kept in memory, about 35 kB each."""

Index = QModelIndex | QPersistentModelIndex


class ThumbnailModel(QAbstractListModel):
    """The images of a project, their thumbnails read when they are first shown."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._images: Sequence[ImageRecord] = ()
        self._icons: dict[str, QIcon] = {}
        self._asked: set[str] = set()
        self._empty = QPixmap(_SIZE_PX, _SIZE_PX)
        self._empty.fill(Qt.GlobalColor.transparent)
        self._reader = BackgroundReader(_THREADS, self)
        self._reader.done.connect(self._on_read)

    def set_images(self, images: Sequence[ImageRecord]) -> None:
        """Show these images."""
        self.beginResetModel()
        self._images = images
        self.endResetModel()

    def image(self, index: Index) -> ImageRecord:
        """The image at ``index``."""
        return self._images[index.row()]

    def close(self) -> None:
        """Stop reading."""
        self._reader.close()

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._images)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        image = self._images[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return f"{image.class_name} · {image.split}"
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"{image.path.name}\n{image.width} x {image.height} px"
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{image.path.name}, class {image.class_name}, {image.split} split"
        if role == Qt.ItemDataRole.DecorationRole:
            return self._icon(image)
        return None

    def _icon(self, image: ImageRecord) -> QIcon:
        key = image.image_hash
        if key not in self._icons and key not in self._asked:
            self._asked.add(key)
            self._reader.start(key, lambda: read_thumbnail(image.path, _SIZE_PX, image.frame))
        return self._icons.get(key) or QIcon(self._empty)

    def _on_read(self, key: str, pixels: Any) -> None:
        self._asked.discard(key)
        if len(self._icons) >= _KEPT:
            self._icons.pop(next(iter(self._icons)))
        missing = isinstance(pixels, FptError)
        self._icons[key] = QIcon(self._empty if missing else QPixmap(to_qimage(pixels)))
        self.dataChanged.emit(self.index(0), self.index(len(self._images) - 1))


class ThumbnailGrid(QListView):
    """The grid.

    Signals:
        image_chosen(image): Double click or Enter on an image.
    """

    image_chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("thumbnailGrid")
        self.setAccessibleName("Images of the data set")
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setMovement(QListView.Movement.Static)
        self.setUniformItemSizes(True)
        self.setLayoutMode(QListView.LayoutMode.Batched)
        self.setIconSize(QSize(_SIZE_PX, _SIZE_PX))
        self.setGridSize(QSize(_SIZE_PX + 28, _SIZE_PX + 34))
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.images = ThumbnailModel(self)
        self.setModel(self.images)
        self.activated.connect(self._on_activated)

    def _on_activated(self, index: QModelIndex) -> None:
        self.image_chosen.emit(self.images.image(index))
