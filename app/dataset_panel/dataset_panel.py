"""Import a data set; see what is in it, put it right, and see what was left out."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QFileDialog, QStackedWidget, QVBoxLayout, QWidget

from app.dataset_panel.dataset_page import DatasetPage
from app.dataset_panel.import_summary import summary_of
from app.dataset_panel.job_bar import JobBar
from app.dataset_panel.project_desk import ProjectDesk, Snapshot
from app.dataset_panel.words import TABLE_FILTER, count_of
from app.theme import Colours
from app.widgets.button import make_button
from app.widgets.drop_zone import DropZone, dropped_paths
from app.widgets.message_bar import MessageBar
from fpt_core.dataset.importers.table import TABLE_SUFFIXES
from fpt_core.dataset.project import Project
from fpt_core.errors import DatasetError, FptError
from fpt_core.events import Event, Failed, Finished, Progress, Stopped, Warned


class DatasetPanel(QWidget):
    """The Dataset panel.

    Signals:
        import_wanted(source, labels): A folder or table to import; ``labels`` may be None.
        stop_wanted(): Cancel the import.
        image_chosen(image): Show this image in Review.
        read(): The project is on screen as it is now.
        changed(): The user changed labels, exclusions, splits or the recipe.
    """

    import_wanted = Signal(object, object)
    stop_wanted = Signal()
    image_chosen = Signal(object)
    read = Signal()
    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("datasetPanel")
        self.setAcceptDrops(True)
        self._source: Path | None = None
        self._warnings: list[Warned] = []
        self.message = MessageBar("datasetMessage")
        self.moved = MessageBar("movedMessage")
        self.job_bar = JobBar()
        self.job_bar.stop_wanted.connect(self.stop_wanted)
        self.page = DatasetPage()
        self._desk = ProjectDesk(self)
        self._stack = QStackedWidget()
        self._stack.addWidget(self._empty_page())
        self._stack.addWidget(self.page)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 16, 20, 16)
        layout.setSpacing(12)
        for bar in (self.message, self.moved, self.job_bar):
            layout.addWidget(bar)
        layout.addWidget(self._stack, stretch=1)
        self._connect()

    def _connect(self) -> None:
        self._desk.read.connect(self._on_read)
        self._desk.changed.connect(self.changed)
        self._desk.said.connect(lambda text: self.message.say("Done", text))
        self._desk.failed.connect(self._on_desk_failed)
        self.page.add_wanted.connect(self._on_choose_folder)
        self.page.history.undo_wanted.connect(self.undo)
        self.page.classes.rename_wanted.connect(self._on_rename_wanted)
        gallery = self.page.gallery
        gallery.image_chosen.connect(self.image_chosen)
        gallery.relabel_wanted.connect(self._on_relabel_wanted)
        gallery.exclude_wanted.connect(self._on_exclude_wanted)
        gallery.include_wanted.connect(self._on_include_wanted)

    def set_project(self, project: Project | None) -> None:
        """Show what ``project`` holds, as soon as it has been read."""
        if project is None:
            self._stack.setCurrentIndex(0)
        self._desk.open(project)

    def set_colours(self, colours: Colours) -> None:
        """Draw in the theme's colours."""
        self.page.set_colours(colours)

    def close_readers(self) -> None:
        """Stop decoding in the background; changes that were asked for are still made."""
        self.page.gallery.close_readers()
        self._desk.close()

    # --- the project --------------------------------------------------------------------

    def _on_read(self, snapshot: Snapshot) -> None:
        self._stack.setCurrentIndex(int(len(snapshot.catalogue) > 0))
        self.page.show_snapshot(snapshot)
        self._tell_moved(snapshot)
        self.read.emit()

    def _on_desk_failed(self, error: FptError) -> None:
        self.message.say("Not done", str(error))

    def _tell_moved(self, snapshot: Snapshot) -> None:
        if not snapshot.missing:
            self.moved.hide()
            return
        root = snapshot.missing[0]
        more = len(snapshot.missing) - 1
        others = f" {count_of(more, 'other folder')} moved, too." if more else ""
        self.moved.say(
            "Folder not found",
            f"{count_of(root.images, 'image')} should be in {root.path}. Was the folder moved, or "
            f"is a drive not connected?{others}",
            "Locate…",
            lambda: self._locate(root.path),
        )

    def _locate(self, old: Path) -> None:
        new = QFileDialog.getExistingDirectory(self, f"Where is {old.name} now?")
        if not new:
            self.moved.show()
            return

        def relocate(project: Project) -> str:
            found = project.relocate(old, Path(new))
            return f"{count_of(found, 'file')} of {old.name} found in {new}."

        self._desk.change(relocate)

    # --- changes ------------------------------------------------------------------------

    def undo(self) -> None:
        """Take the latest change back."""
        if self._desk.is_open:
            self._desk.change(_undo)

    def _on_relabel_wanted(self, ids: list[int], class_name: str) -> None:
        self._desk.change(lambda project: project.relabel(ids, class_name))

    def _on_exclude_wanted(self, ids: list[int]) -> None:
        self._desk.change(lambda project: project.exclude(ids))

    def _on_include_wanted(self, ids: list[int]) -> None:
        self._desk.change(lambda project: project.include(ids))

    def _on_rename_wanted(self, old: str, new: str) -> None:
        self._desk.change(lambda project: project.rename_class(old, new))

    # --- jobs ---------------------------------------------------------------------------

    def show_event(self, event: Event) -> None:
        """Show an event of an import."""
        match event:
            case Progress():
                self.job_bar.show_progress(event)
            case Warned():
                self._warnings.append(event)
            case Failed():
                self._on_failed(event)
            case Finished():
                self._on_imported(event)
            case Stopped():
                self.message.say("Cancelled", "The import was cancelled; nothing was changed.")
        if isinstance(event, Finished | Failed | Stopped):
            self.job_bar.end()
            self._warnings.clear()

    def _on_imported(self, event: Finished) -> None:
        show = self.page.show_left_out if event.result["skipped"] else None
        self.message.say(
            "Imported",
            summary_of(event, self._warnings),
            "Show what was left out" if show else "",
            show,
        )

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

    # --- drops and choices --------------------------------------------------------------

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


def _undo(project: Project) -> str:
    what = project.undo()
    return "There is nothing to undo." if what is None else f"Undone: {what}."


def _tables_in(folder: Path) -> list[Path]:
    return sorted(file for file in folder.glob("*") if file.suffix.lower() in TABLE_SUFFIXES)
