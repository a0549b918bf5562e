"""Import a data set; see what is in it and what was left out."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QListWidget,
    QProgressBar,
    QSplitter,
    QStackedWidget,
    QTableWidget,
    QTableWidgetItem,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from app.widgets.button import make_button
from app.widgets.drop_zone import DropZone, dropped_paths
from app.widgets.message_bar import MessageBar
from app.widgets.thumbnail_grid import ThumbnailGrid
from fpt_core.dataset.importers.table import TABLE_SUFFIXES
from fpt_core.dataset.project import Project
from fpt_core.errors import DatasetError
from fpt_core.events import Event, Failed, Finished, Progress, Stopped, Warned

_SPLITS = (("train", "Training"), ("val", "Validation"), ("test", "Test"))
TABLE_FILTER = "Tables (*.csv *.tsv)"


class DatasetPanel(QWidget):
    """The Dataset panel.

    Signals:
        import_wanted(source, labels): A folder or table to import; ``labels`` may be None.
        stop_wanted(): Cancel the import.
        image_chosen(path): Show this image in Review.
    """

    import_wanted = Signal(object, object)
    stop_wanted = Signal()
    image_chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("datasetPanel")
        self.setAcceptDrops(True)
        self._project: Project | None = None
        self._source: Path | None = None
        self.message = MessageBar("datasetMessage")
        self._progress = QProgressBar()
        self._progress.setObjectName("importProgress")
        cancel = make_button("cancelImport", "Cancel", self.stop_wanted.emit)
        self._progress_row = _row(self._progress, cancel)
        self._progress_row.hide()
        self._stack = QStackedWidget()
        self._stack.addWidget(self._empty_page())
        self._stack.addWidget(self._full_page())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 16, 20, 16)
        layout.setSpacing(12)
        layout.addWidget(self.message)
        layout.addWidget(self._progress_row)
        layout.addWidget(self._stack, stretch=1)

    def set_project(self, project: Project | None) -> None:
        """Show what ``project`` holds."""
        self._project = project
        images = [] if project is None else project.images()
        self._stack.setCurrentIndex(int(bool(images)))
        if project is None or not images:
            return
        counts = project.counts()
        patients = project.num_patients()
        known = "patients unknown" if patients is None else f"{patients} patients"
        self._summary.setText(f"{len(images):,} images · {len(counts)} classes · {known}")
        self._fill_counts(counts)
        skipped = project.skipped()
        self._skipped.clear()
        for file in skipped:
            self._skipped.addItem(f"{Path(file.path).name}: {file.reason}")
        self._tabs.setTabText(1, f"Left out ({len(skipped)})")
        self.grid.images.set_images(images)

    def show_event(self, event: Event) -> None:
        """Show an event of an import."""
        match event:
            case Progress():
                self._progress_row.show()
                self._progress.setMaximum(event.total)
                self._progress.setValue(event.done)
                self._progress.setFormat(f"{event.stage}: {event.done:,} of {event.total:,}")
            case Warned():
                self.message.say("Note", f"{event.message} {event.remedy}")
            case Failed():
                self._on_failed(event)
            case Finished():
                self._tell_skipped(len(event.result["skipped"]))
            case Stopped():
                self.message.say("Cancelled", "The import was cancelled; nothing was changed.")
        if isinstance(event, Finished | Failed | Stopped):
            self._progress_row.hide()

    def _on_failed(self, event: Failed) -> None:
        # The table was found, not chosen: where it is no table of labels, go on without it.
        source = self._source if event.kind == DatasetError.kind else None
        alone = None if source is None else lambda: self._import(source, None)
        self.message.say(
            "Not imported",
            f"{event.message} {event.remedy}",
            "Use the folders alone" if alone else "",
            alone,
        )

    def _tell_skipped(self, number: int) -> None:
        if number and self.message.isHidden():
            self.message.say(
                "Note",
                f"{number} files were left out; the list says why.",
                "Show",
                self._show_skipped,
            )

    def _show_skipped(self) -> None:
        self._tabs.setCurrentIndex(1)

    def close_readers(self) -> None:
        """Stop decoding in the background."""
        self.grid.images.close()

    # --- drops and choices ----------------------------------------------------------

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if dropped_paths(event):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        event.acceptProposedAction()
        self._on_dropped(dropped_paths(event))

    def _on_dropped(self, paths: tuple[Path, ...]) -> None:
        if paths:
            self.choose_source(paths[0])

    def choose_source(self, source: Path) -> None:
        """Import ``source``, with the table of labels in it where there is just one."""
        tables = _tables_in(source) if source.is_dir() else []
        self.message.hide()
        if len(tables) == 1:
            self.message.say(
                "Note",
                f"The labels and patients in {tables[0].name}, found in that folder, are used.",
            )
        elif tables:
            names = ", ".join(table.name for table in tables)
            self.message.say(
                "Note",
                f"That folder holds several tables ({names}); none of them is used. To use one, "
                "choose it with “Choose table…”.",
            )
        self._import(source, tables[0] if len(tables) == 1 else None)

    def _import(self, source: Path, labels: Path | None) -> None:
        self._source = None if labels is None else source
        self.import_wanted.emit(source, labels)

    def _on_choose_folder(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, "Folder with one sub-folder per class")
        if folder:
            self.choose_source(Path(folder))

    def _on_choose_table(self) -> None:
        table, _ = QFileDialog.getOpenFileName(
            self, "Table of files and labels", filter=TABLE_FILTER
        )
        if table:
            self.choose_source(Path(table))

    # --- construction -----------------------------------------------------------------

    def _empty_page(self) -> QWidget:
        folder = make_button("chooseFolder", "Choose folder…", self._on_choose_folder, primary=True)
        table = make_button("chooseTable", "Choose table…", self._on_choose_table)
        zone = DropZone(
            "datasetDropZone",
            "Drop your data set here",
            "A folder with one sub-folder per class, or a table (CSV) of files and labels. With a "
            "patient column, no patient is ever in training and in test. Nothing leaves this "
            "machine, and your files are not changed.",
            (folder, table),
        )
        zone.dropped.connect(self._on_dropped)
        return zone

    def _full_page(self) -> QWidget:
        self._summary = QLabel()
        self._summary.setObjectName("title")
        more = make_button("addFolder", "Add folder…", self._on_choose_folder)
        table = make_button("addTable", "Add table…", self._on_choose_table)
        top = QHBoxLayout()
        top.addWidget(self._summary, stretch=1)
        top.addWidget(more)
        top.addWidget(table)
        self.counts = QTableWidget(0, 2 + len(_SPLITS))
        self.counts.setObjectName("countsTable")
        self.counts.setAccessibleName("Images by class and split")
        self.counts.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.counts.setHorizontalHeaderLabels(["Class", *(text for _, text in _SPLITS), "All"])
        self.counts.verticalHeader().hide()
        header = self.counts.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self._skipped = QListWidget()
        self._skipped.setObjectName("skippedList")
        self._skipped.setAccessibleName("Files left out, with reasons")
        self._tabs = QTabWidget()
        self._tabs.setObjectName("datasetTabs")
        self._tabs.addTab(self.counts, "Classes and splits")
        self._tabs.addTab(self._skipped, "Left out (0)")
        self.grid = ThumbnailGrid()
        self.grid.image_chosen.connect(lambda image: self.image_chosen.emit(image.path))
        splitter = QSplitter(Qt.Orientation.Horizontal)
        splitter.addWidget(self._tabs)
        splitter.addWidget(self.grid)
        splitter.setSizes([420, 700])
        splitter.setStretchFactor(1, 1)
        page = QWidget()
        layout = QVBoxLayout(page)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(top)
        layout.addWidget(splitter, stretch=1)
        return page

    def _fill_counts(self, counts: dict[str, dict[str, int]]) -> None:
        self.counts.setRowCount(len(counts))
        for row, (class_name, splits) in enumerate(counts.items()):
            numbers = [splits[split] for split, _ in _SPLITS]
            for column, value in enumerate((class_name, *numbers, sum(numbers))):
                item = QTableWidgetItem(f"{value:,}" if isinstance(value, int) else value)
                if isinstance(value, int):
                    item.setTextAlignment(
                        Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
                    )
                item.setToolTip(item.text())
                self.counts.setItem(row, column, item)


def _tables_in(folder: Path) -> list[Path]:
    return sorted(file for file in folder.glob("*") if file.suffix.lower() in TABLE_SUFFIXES)


def _row(*widgets: QWidget) -> QWidget:
    row = QWidget()
    layout = QHBoxLayout(row)
    layout.setContentsMargins(0, 0, 0, 0)
    for widget in widgets:
        layout.addWidget(widget)
    return row
