"""A data set that is there: its classes, what was left out, and its images."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QTabWidget, QVBoxLayout, QWidget

from app.dataset_panel.audit_page import AuditPage
from app.dataset_panel.catalogue import Catalogue, ImageFilter, Shown
from app.dataset_panel.classes_page import ClassesPage
from app.dataset_panel.gallery import Gallery
from app.dataset_panel.history_page import HistoryPage
from app.dataset_panel.left_out_page import LeftOutPage
from app.dataset_panel.recipe_page import RecipePage
from app.dataset_panel.snapshot import Snapshot
from app.dataset_panel.words import count_of
from app.theme import Colours
from app.widgets.elided_label import ElidedLabel
from app.widgets.menu_button import make_menu_button
from app.widgets.reader_field import ReaderField
from fpt_core.dataset.audit.findings import Finding

_TABS_WIDTH_PX, _GALLERY_WIDTH_PX = 430, 718


class DatasetPage(QWidget):
    """Pages on the left, the gallery on the right; shows one snapshot after another.

    Signals:
        add_folder_wanted(), add_files_wanted(): Add images to the project.
    """

    add_folder_wanted = Signal()
    add_files_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = ElidedLabel("datasetTitle")
        self._title.setProperty("role", "title")
        self.classes = ClassesPage()
        self.audit = AuditPage()
        self.recipe = RecipePage()
        self.left_out = LeftOutPage()
        self.history = HistoryPage()
        self.gallery = Gallery()
        self.reader = ReaderField("datasetReader")
        self.classes.class_chosen.connect(self._on_class_chosen)
        self.audit.show_wanted.connect(self._on_finding_chosen)
        self.gallery.current_changed.connect(self.recipe.set_image)
        self.tabs = QTabWidget()
        self.tabs.setObjectName("datasetTabs")
        for page, text in (
            (self.classes, "Classes"),
            (self.audit, "Audit"),
            (self.recipe, "Pixels"),
            (self.left_out, "Left out"),
            (self.history, "History"),
        ):
            self.tabs.addTab(page, text)
        self._lay_out()

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.addWidget(self._title, stretch=1)
        top.addWidget(self.reader)
        top.addWidget(
            make_menu_button(
                "addImages",
                "Add images…",
                (
                    ("addFolder", "Folder…", self.add_folder_wanted.emit),
                    ("addFiles", "Files: tables, archives, volumes…", self.add_files_wanted.emit),
                ),
            )
        )
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
        self.setTabOrder(self.gallery.grid, self.reader)

    def set_colours(self, colours: Colours) -> None:
        """Draw in the theme's colours."""
        self.classes.set_colours(colours)
        self.gallery.set_colours(colours)

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Show a project as it is now."""
        self._title.set_whole_text(summary(snapshot.catalogue))
        self.classes.show_catalogue(snapshot.catalogue)
        self.gallery.thumbnails.set_recipe(snapshot.recipe)
        self.gallery.show_catalogue(snapshot.catalogue)
        self.recipe.show_recipe(snapshot.recipe)
        self.recipe.set_image(self.gallery.current_image())
        self.audit.show_report(snapshot.report, stale=snapshot.is_stale)
        self.audit.show_doubtful(snapshot.doubtful)
        self.left_out.show_files(snapshot.left_out)
        self.history.show_edits(snapshot.edits)
        findings = 0 if snapshot.report is None else len(snapshot.report.findings)
        findings += snapshot.doubtful is not None
        self._set_number(self.audit, "Audit", findings)
        self._set_number(self.left_out, "Left out", len(snapshot.left_out))
        self._set_number(self.history, "History", len(snapshot.edits))

    def close_readers(self) -> None:
        """Stop decoding in the background."""
        self.gallery.close_readers()
        self.recipe.close_readers()

    @property
    def has_images(self) -> bool:
        """Whether the project that is shown has any."""
        return len(self.gallery.images.catalogue) > 0

    def show_left_out(self) -> None:
        """Bring the list of files that were left out to the front."""
        self.tabs.setCurrentWidget(self.left_out)

    def show_doubtful(self) -> None:
        """Bring the labels that look wrong to the front."""
        self.tabs.setCurrentWidget(self.audit)
        if self.audit.doubtful is not None:
            self._on_finding_chosen(self.audit.doubtful)

    def _set_number(self, page: QWidget, text: str, number: int) -> None:
        self.tabs.setTabText(self.tabs.indexOf(page), f"{text} ({number:,})" if number else text)

    def _on_class_chosen(self, class_name: str | None) -> None:
        self.gallery.filter_bar.show_only(ImageFilter(class_name=class_name))

    def _on_finding_chosen(self, finding: Finding) -> None:
        # Excluded ones, too: after a remedy they show what was done.
        wanted = ImageFilter(groups=finding.groups, shown=Shown.ALL)
        self.gallery.filter_bar.show_only(wanted, finding.title)


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
