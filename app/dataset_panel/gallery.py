"""The images of the data set: looked through, selected, and put right."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QInputDialog, QMenu, QVBoxLayout, QWidget

from app.dataset_panel.catalogue import Catalogue, ImageFilter, Shown
from app.dataset_panel.filter_bar import FilterBar
from app.dataset_panel.gallery_model import GalleryModel
from app.dataset_panel.thumbnail_delegate import CELL, THUMBNAIL_PX, ThumbnailDelegate
from app.dataset_panel.words import count_of
from app.theme import Colours
from app.widgets.thumbnail_grid import ThumbnailGrid
from app.widgets.thumbnail_source import ThumbnailSource
from fpt_core.dataset.records import ImageRecord

_MOST_CLASSES_IN_MENU = 20


class Gallery(QWidget):
    """Filter bar and grid.

    Signals:
        image_chosen(image): Show this image in Review.
        current_changed(image): Another image is the current one; ``None`` where there is none.
        relabel_wanted(ids, class_name): Give these images another label.
        exclude_wanted(ids), include_wanted(ids): Leave these images out, or take them in again.
    """

    image_chosen = Signal(object)
    current_changed = Signal(object)
    relabel_wanted = Signal(object, str)
    exclude_wanted = Signal(object)
    include_wanted = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.filter_bar = FilterBar()
        self.filter_bar.filter_changed.connect(self._on_filter_changed)
        self.grid = ThumbnailGrid("thumbnailGrid", CELL)
        self.grid.setAccessibleName("Images of the data set")
        self.images = GalleryModel(self)
        size = round(THUMBNAIL_PX * self.devicePixelRatioF())
        self.thumbnails = ThumbnailSource(size, self)
        self.thumbnails.ready.connect(self.grid.viewport().update)
        self._delegate = ThumbnailDelegate(self.images, self.thumbnails, self.grid)
        self.grid.setItemDelegate(self._delegate)
        self.grid.setModel(self.images)
        self.grid.looked_at.connect(self._on_looked_at)
        self.grid.activated.connect(lambda index: self._open(self.images.image(index.row())))
        self.grid.selectionModel().currentChanged.connect(self._on_current_changed)
        self.grid.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.grid.customContextMenuRequested.connect(self._on_menu_wanted)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.filter_bar)
        layout.addWidget(self.grid, stretch=1)
        self._add_actions()

    def _add_actions(self) -> None:
        specs: tuple[tuple[str, str, str, Callable[[], None]], ...] = (
            ("openInReview", "Open in &Review", "", self._on_open),
            ("relabelImages", "&Label as…", "L", self._on_relabel),
            ("excludeImages", "&Exclude", "Delete", self._on_exclude),
            ("includeImages", "&Include again", "Insert", self._on_include),
            ("showSamePatient", "Show same &patient", "P", self._on_show_same_patient),
        )
        self._actions: dict[str, QAction] = {}
        for name, text, key, act in specs:
            action = QAction(text, self.grid)
            action.setObjectName(name)
            action.setShortcut(QKeySequence(key))
            action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
            action.triggered.connect(act)
            self.grid.addAction(action)
            self._actions[name] = action

    def set_colours(self, colours: Colours) -> None:
        """Draw in the theme's colours."""
        self._delegate.colours = colours
        self.grid.viewport().update()

    def show_catalogue(self, catalogue: Catalogue) -> None:
        """Show these images; selection and place stay where they can."""
        self.thumbnails.retry()
        self.filter_bar.set_classes(catalogue.class_names)
        self._show(catalogue, self.filter_bar.wanted)

    def selected_images(self) -> list[ImageRecord]:
        """The selected images in order."""
        return [self.images.image(row) for row in self.grid.selected_rows()]

    def current_image(self) -> ImageRecord | None:
        """The current image, else the first; ``None`` where none is shown."""
        if not self.images.rowCount():
            return None
        return self.images.image(max(self.grid.currentIndex().row(), 0))

    def close_readers(self) -> None:
        """Stop decoding in the background."""
        self.thumbnails.close()

    # --- what is shown ------------------------------------------------------------------

    def _show(self, catalogue: Catalogue, wanted: ImageFilter) -> None:
        selected = self.images.ids(self.grid.selected_rows())
        place, current = self.grid.verticalOffset(), self.grid.currentIndex().row()
        self.images.show_images(catalogue, wanted)
        self.filter_bar.set_numbers(self.images.rowCount(), len(catalogue))
        if self.images.rowCount() and current >= 0:
            rows = self.images.rows_of(selected)
            last = self.images.rowCount() - 1
            self.grid.select_rows(rows, rows[0] if rows else min(current, last))
        self.grid.verticalScrollBar().setValue(place)

    def _on_filter_changed(self, wanted: ImageFilter) -> None:
        self._show(self.images.catalogue, wanted)
        self.grid.verticalScrollBar().setValue(0)

    def _on_looked_at(self, first: int, last: int) -> None:
        ahead = min(2 * last - first + 1, self.images.rowCount() - 1)
        self.thumbnails.want([self.images.image(row) for row in range(first, ahead + 1)])

    def _on_current_changed(self) -> None:
        self.current_changed.emit(self.current_image())

    # --- what is done with images -------------------------------------------------------

    def _on_menu_wanted(self, point: QPoint) -> None:
        if images := self.selected_images():
            menu = self.make_menu(images)
            menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            menu.popup(self.grid.viewport().mapToGlobal(point))

    def make_menu(self, images: list[ImageRecord]) -> QMenu:
        """What can be done with these images."""
        menu = QMenu(self.grid)
        menu.setObjectName("imageMenu")
        menu.addAction(self._actions["openInReview"])
        menu.addSeparator()
        names = self.images.catalogue.class_names
        if len(names) <= _MOST_CLASSES_IN_MENU:
            labels = menu.addMenu(f"Label {count_of(len(images), 'image')} as")
            for name in names:
                # Qt reads a single ampersand as the mark of a key.
                action = labels.addAction(name.replace("&", "&&"))
                action.triggered.connect(lambda _=False, name=name: self._relabel(name))
            labels.addSeparator()
            labels.addAction(self._actions["relabelImages"])
        else:
            menu.addAction(self._actions["relabelImages"])
        if any(not image.excluded for image in images):
            menu.addAction(self._actions["excludeImages"])
        if any(image.excluded for image in images):
            menu.addAction(self._actions["includeImages"])
        menu.addSeparator()
        self._actions["showSamePatient"].setEnabled(images[0].patient is not None)
        menu.addAction(self._actions["showSamePatient"])
        return menu

    def _open(self, image: ImageRecord) -> None:
        self.image_chosen.emit(image)

    def _on_open(self) -> None:
        if image := self.current_image():
            self._open(image)

    def _on_relabel(self) -> None:
        images = self.selected_images()
        if not images:
            return
        names = list(self.images.catalogue.class_names)
        name, accepted = QInputDialog.getItem(
            self,
            "Label images",
            f"Class of {count_of(len(images), 'image')} (choose one, or write a new one):",
            names,
            names.index(images[0].class_name),
        )
        if accepted and name.strip():
            self._relabel(name.strip())

    def _relabel(self, class_name: str) -> None:
        ids = [image.id for image in self.selected_images() if image.class_name != class_name]
        if ids:
            self.relabel_wanted.emit(ids, class_name)

    def _on_exclude(self) -> None:
        if ids := [image.id for image in self.selected_images() if not image.excluded]:
            self.exclude_wanted.emit(ids)

    def _on_include(self) -> None:
        if ids := [image.id for image in self.selected_images() if image.excluded]:
            self.include_wanted.emit(ids)

    def _on_show_same_patient(self) -> None:
        image = self.current_image()
        if image is not None and image.patient is not None:
            self.filter_bar.show_only(
                ImageFilter(patient=image.patient, shown=Shown.ALL),
                f"Patient of {image.path.name}",
            )
