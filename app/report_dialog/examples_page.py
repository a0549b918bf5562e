"""Test images to be shown in a report with what the model read; none unless a person picks them."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.dataset_panel.catalogue import Catalogue, ImageFilter
from app.dataset_panel.gallery_model import GalleryModel
from app.dataset_panel.thumbnail_delegate import CELL, THUMBNAIL_PX, ThumbnailDelegate
from app.theme import Colours
from app.widgets.background import BackgroundReader
from app.widgets.button import make_button
from app.widgets.section import make_hint
from app.widgets.thumbnail_grid import ThumbnailGrid
from app.widgets.thumbnail_source import ThumbnailSource
from fpt_core.dataset.project import Project

MOST_EXAMPLES = 20


class ExamplesPage(QWidget):
    """A grid of the test images; what is selected is shown in the report."""

    def __init__(self, project: Project, colours: Colours, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.count = make_hint("exampleCount")
        self.none = make_button("clearExamples", "Show none", self._on_none)
        self.grid = ThumbnailGrid("exampleGrid", CELL)
        self.grid.setAccessibleName("Test images")
        self.images = GalleryModel(self)
        self._thumbnails = ThumbnailSource(round(THUMBNAIL_PX * self.devicePixelRatioF()), self)
        self._thumbnails.set_recipe(project.recipe())
        self._thumbnails.ready.connect(self.grid.viewport().update)
        delegate = ThumbnailDelegate(self.images, self._thumbnails, self.grid)
        delegate.colours = colours
        self.grid.setItemDelegate(delegate)
        self.grid.setModel(self.images)
        self.grid.looked_at.connect(self._on_looked_at)
        self.grid.selectionModel().selectionChanged.connect(self._on_selected)
        self._reader = BackgroundReader(1, self)
        self._reader.done.connect(self._on_read)
        self._reader.start("test", lambda: Catalogue(project.examples("test")))
        top = QHBoxLayout()
        top.addWidget(self.count, stretch=1)
        top.addWidget(self.none)
        layout = QVBoxLayout(self)
        layout.addLayout(top)
        layout.addWidget(self.grid, stretch=1)
        self._on_selected()

    @property
    def picked(self) -> tuple[int, ...]:
        """Ids of the selected images, as many as a report shows."""
        rows = self.grid.selected_rows()[:MOST_EXAMPLES]
        return tuple(self.images.ids(rows).tolist()) if rows else ()

    def close_readers(self) -> None:
        """Stop reading in the background."""
        self._reader.close()
        self._thumbnails.close()

    def _on_read(self, key: object, result: object) -> None:
        if isinstance(result, Catalogue):
            self.images.show_images(result, ImageFilter(split="test"))

    def _on_looked_at(self, first: int, last: int) -> None:
        self._thumbnails.want([self.images.image(row) for row in range(first, last + 1)])

    def _on_none(self) -> None:
        self.grid.clearSelection()

    def _on_selected(self) -> None:
        number = len(self.grid.selected_rows())
        self.none.setEnabled(number > 0)
        if number > MOST_EXAMPLES:
            text = f"{number} selected; a report shows the first {MOST_EXAMPLES}."
        elif number:
            text = f"{number} selected. Look that no name is written in them: they will be seen."
        else:
            text = "No images are shown unless you select some: click, Ctrl+click, Shift+click."
        self.count.setText(text)
