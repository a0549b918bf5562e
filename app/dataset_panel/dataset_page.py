"""A data set that is there: its classes, what was left out, and its images."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QTabWidget, QVBoxLayout, QWidget

from app.dataset_panel.catalogue import Catalogue, ImageFilter
from app.dataset_panel.classes_page import ClassesPage
from app.dataset_panel.gallery import Gallery
from app.dataset_panel.history_page import HistoryPage
from app.dataset_panel.left_out_page import LeftOutPage
from app.dataset_panel.project_desk import Snapshot
from app.dataset_panel.words import count_of
from app.theme import Colours
from app.widgets.button import make_button
from app.widgets.elided_label import ElidedLabel

_TABS_WIDTH_PX, _GALLERY_WIDTH_PX = 430, 718


class DatasetPage(QWidget):
    """Pages on the left, the gallery on the right; shows one snapshot after another.

    Signals:
        add_wanted(): Add images to the project.
    """

    add_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = ElidedLabel("datasetTitle")
        self._title.setProperty("role", "title")
        self.classes = ClassesPage()
        self.left_out = LeftOutPage()
        self.history = HistoryPage()
        self.gallery = Gallery()
        self.classes.class_chosen.connect(self._on_class_chosen)
        self.tabs = QTabWidget()
        self.tabs.setObjectName("datasetTabs")
        for page, text in (
            (self.classes, "Classes"),
            (self.left_out, "Left out"),
            (self.history, "History"),
        ):
            self.tabs.addTab(page, text)
        self._lay_out()

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.addWidget(self._title, stretch=1)
        top.addWidget(make_button("addImages", "Add images…", self.add_wanted.emit))
        splitter = QSplitter(Qt.Orientation.Horizontal)
        splitter.setObjectName("datasetSplitter")
        splitter.addWidget(self.tabs)
        splitter.addWidget(self.gallery)
        splitter.setSizes([_TABS_WIDTH_PX, _GALLERY_WIDTH_PX])
        splitter.setStretchFactor(1, 1)
        splitter.setChildrenCollapsible(False)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(top)
        layout.addWidget(splitter, stretch=1)

    def set_colours(self, colours: Colours) -> None:
        """Draw in the theme's colours."""
        self.classes.set_colours(colours)
        self.gallery.set_colours(colours)

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Show a project as it is now."""
        self._title.set_whole_text(summary(snapshot.catalogue))
        self.classes.show_catalogue(snapshot.catalogue)
        self.gallery.show_catalogue(snapshot.catalogue)
        self.left_out.show_files(snapshot.left_out)
        self.history.show_edits(snapshot.edits)
        self._set_number(self.left_out, "Left out", len(snapshot.left_out))
        self._set_number(self.history, "History", len(snapshot.edits))

    def show_left_out(self) -> None:
        """Bring the list of files that were left out to the front."""
        self.tabs.setCurrentWidget(self.left_out)

    def _set_number(self, page: QWidget, text: str, number: int) -> None:
        self.tabs.setTabText(self.tabs.indexOf(page), f"{text} ({number:,})" if number else text)

    def _on_class_chosen(self, class_name: str | None) -> None:
        self.gallery.filter_bar.show_only(ImageFilter(class_name=class_name))


def summary(catalogue: Catalogue) -> str:
    """One line on what the data set holds."""
    patients = catalogue.num_patients
    known = "patients unknown" if patients is None else count_of(patients, "patient")
    classes = len(catalogue.counts().class_names)
    parts = [
        count_of(catalogue.num_included, "image"),
        f"{classes:,} class{'' if classes == 1 else 'es'}",
        known,
    ]
    if excluded := len(catalogue) - catalogue.num_included:
        parts.append(f"{excluded:,} excluded")
    return " · ".join(parts)
