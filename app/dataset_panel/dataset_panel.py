"""Import a data set; see what is in it, put it right, and see what was left out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QFileDialog, QStackedWidget, QVBoxLayout, QWidget

from app.dataset_panel.dataset_page import DatasetPage
from app.dataset_panel.import_flow import ImportFlow
from app.dataset_panel.import_summary import audit_summary, import_summary
from app.dataset_panel.job_bar import JobBar
from app.dataset_panel.moved_bar import MovedBar
from app.dataset_panel.retrain_bar import RetrainBar
from app.dataset_panel.snapshot import Snapshot
from app.dataset_panel.sources import pair_sources
from app.dataset_panel.words import count_of
from app.project_desk import ProjectDesk
from app.theme import Colours
from app.widgets.button import make_button
from app.widgets.drop_zone import DropZone, dropped_paths
from app.widgets.message_bar import MessageBar
from fpt_core.config import PixelRecipe
from fpt_core.dataset.audit.findings import Remedy
from fpt_core.dataset.audit.remedies import apply_remedy
from fpt_core.dataset.audit.report import AuditReport
from fpt_core.dataset.project import Project
from fpt_core.errors import FptError
from fpt_core.events import Event, Failed, Finished, Progress, Stopped, Warned
from fpt_core.jobs.requests import AuditRequest, ImportRequest

_CANCELLED = (
    "The data set is as it was. What was read already is not read again when you import the same "
    "once more."
)


class DatasetPanel(QWidget):
    """The Dataset panel.

    Signals:
        job_wanted(requests): Carry these out, one after another: imports, or an audit.
        stop_wanted(): Cancel the job in progress.
        image_chosen(image): Show this image in Review.
        read(): The project is on screen as it is now.
        changed(): The user changed labels, exclusions, splits or the recipe.
    """

    job_wanted = Signal(object)
    stop_wanted = Signal()
    image_chosen = Signal(object)
    read = Signal()
    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("datasetPanel")
        self.setAcceptDrops(True)
        self._project: Project | None = None
        self._has_job = self._checks_privacy = self._shows_doubtful = False
        self._warnings: list[Warned] = []
        self.message = MessageBar("datasetMessage")
        self.moved = MovedBar()
        self.retrain = RetrainBar()
        self.job_bar = JobBar()
        self.page = DatasetPage()
        self.import_flow = ImportFlow(self)
        self._desk = ProjectDesk(Snapshot.read, self)
        self._zone = self._make_zone()
        self._stack = QStackedWidget()
        for page in (self._zone, self.page, self.import_flow.page):
            self._stack.addWidget(page)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 16, 20, 16)
        layout.setSpacing(12)
        for bar in (self.message, self.moved, self.retrain, self.job_bar):
            layout.addWidget(bar)
        layout.addWidget(self._stack, stretch=1)
        self._connect()

    def _connect(self) -> None:
        self.job_bar.stop_wanted.connect(self._on_stop)
        self._desk.read.connect(self._on_read)
        self._desk.changed.connect(self.changed)
        self._desk.said.connect(lambda text: self.message.say("Done", text))
        self._desk.failed.connect(lambda error: self.message.say("Not done", str(error)))
        self.moved.relocate_wanted.connect(self._on_relocate_wanted)
        self.import_flow.looked.connect(self._on_looked)
        self.import_flow.failed.connect(self._on_not_looked)
        self.import_flow.confirmed.connect(self._on_confirmed)
        self.import_flow.left.connect(self._on_left)
        page, gallery = self.page, self.page.gallery
        page.add_folder_wanted.connect(self._on_choose_folder)
        page.add_files_wanted.connect(self._on_choose_files)
        page.history.undo_wanted.connect(self.undo)
        page.classes.rename_wanted.connect(self._on_rename_wanted)
        page.recipe.recipe_wanted.connect(self._on_recipe_wanted)
        page.audit.audit_wanted.connect(self._on_audit_wanted)
        page.audit.remedy_wanted.connect(self._on_remedy_wanted)
        gallery.image_chosen.connect(self.image_chosen)
        gallery.relabel_wanted.connect(self._on_relabel_wanted)
        gallery.exclude_wanted.connect(self._on_exclude_wanted)
        gallery.include_wanted.connect(self._on_include_wanted)

    def set_project(self, project: Project | None) -> None:
        """Show what ``project`` holds, as soon as it has been read."""
        is_other = project is not self._project
        if is_other:
            self.page.audit.forget_privacy()
        self._project = project
        self._desk.open(project)
        if project is None:
            self._stack.setCurrentWidget(self._zone)
        elif is_other and not self._has_job:
            self.job_bar.begin(f"Opening {project.path.stem}…", can_stop=False)

    def show_doubtful(self) -> None:
        """Read the project again, and show the labels that look wrong."""
        self._shows_doubtful = True
        self._desk.open(self._project)

    def import_more(self, request: ImportRequest) -> None:
        """Add images as ``request`` says, without looking at them first."""
        self._begin_job([request])

    def set_engine_busy(self, busy: bool) -> None:
        """Whether a job runs, of this panel or of another; one begins when it has ended."""
        self.import_flow.page.set_busy(busy)
        self.page.audit.set_busy(busy)

    def set_colours(self, colours: Colours) -> None:
        """Draw in the theme's colours."""
        self.page.set_colours(colours)

    def close_readers(self) -> None:
        """Stop decoding in the background; changes that were asked for are still made."""
        self.page.close_readers()
        self.import_flow.close()
        self._desk.close()

    # --- the project --------------------------------------------------------------------

    def _on_read(self, snapshot: Snapshot) -> None:
        self.page.show_snapshot(snapshot)
        self.moved.show_missing(snapshot.missing)
        self.retrain.show_relabelled(snapshot.relabelled)
        if self._shows_doubtful:
            self._shows_doubtful = False
            self.page.show_doubtful()
        if self._stack.currentWidget() is not self.import_flow.page:
            self._show_project()
        if not self._has_job:
            self.job_bar.end()
        self.read.emit()

    def _show_project(self) -> None:
        has_images = self._project is not None and self.page.has_images
        self._stack.setCurrentWidget(self.page if has_images else self._zone)

    # --- changes ------------------------------------------------------------------------

    def undo(self) -> None:
        """Take the latest change back."""
        if self._project is not None:
            self._desk.change(_undo)

    def _on_relabel_wanted(self, ids: list[int], class_name: str) -> None:
        reader = self.page.reader.name
        self._desk.change(lambda project: project.relabel(ids, class_name, reader))

    def _on_exclude_wanted(self, ids: list[int]) -> None:
        self._desk.change(lambda project: project.exclude(ids))

    def _on_include_wanted(self, ids: list[int]) -> None:
        self._desk.change(lambda project: project.include(ids))

    def _on_rename_wanted(self, old: str, new: str) -> None:
        self._desk.change(lambda project: project.rename_class(old, new))

    def _on_remedy_wanted(self, remedy: Remedy) -> None:
        self._desk.change(lambda project: apply_remedy(project, remedy))

    def _on_recipe_wanted(self, recipe: PixelRecipe) -> None:
        self._desk.change(lambda project: project.set_recipe(recipe))

    def _on_relocate_wanted(self, old: Path, new: Path) -> None:
        self._desk.change(lambda project: _relocate(project, old, new))

    # --- jobs ---------------------------------------------------------------------------

    def show_event(self, event: Event) -> None:
        """Show an event of an import or an audit."""
        match event:
            case Progress():
                self.job_bar.show_progress(event)
            case Warned():
                self._warnings.append(event)
            case Failed():
                self.message.say("Not done", f"{event.message} {event.remedy}")
            case Finished():
                self._on_finished(event)
            case Stopped():
                self.message.say("Cancelled", _CANCELLED)
        if isinstance(event, Finished | Failed | Stopped):
            self._has_job = False
            self.job_bar.end()
            self._warnings.clear()

    def show_worker_died(self, _exit_code: int) -> None:
        """Say calmly that the importing process is gone."""
        text = "The import was ended by the system; nothing was changed."
        self.show_event(Failed("worker", text, "Retry."))

    def _on_finished(self, event: Finished) -> None:
        if "findings" in event.result:
            self._on_audited(event)
            return
        show = self.page.show_left_out if event.result["skipped"] else None
        self.message.say(
            "Imported",
            import_summary(event, self._warnings),
            "Show what was left out" if show else "",
            show,
        )

    def _on_audited(self, event: Finished) -> None:
        if self._checks_privacy:
            self.page.audit.show_privacy(AuditReport.from_record(event.result))
        self.message.say("Privacy" if self._checks_privacy else "Audit", audit_summary(event))

    def _begin_job(self, requests: Sequence[ImportRequest | AuditRequest]) -> None:
        self._has_job = True
        self.message.hide()
        self.job_bar.begin("Starting…")
        self.job_wanted.emit(tuple(requests))

    def _on_audit_wanted(self, privacy: bool) -> None:
        if self._project is not None:
            self._checks_privacy = privacy
            self._begin_job([AuditRequest(self._project.path, privacy)])

    def _on_stop(self) -> None:
        if self.import_flow.is_looking:
            self.import_flow.cancel()
        else:
            self.stop_wanted.emit()

    # --- imports ------------------------------------------------------------------------

    def choose_sources(self, paths: Sequence[Path]) -> None:
        """Look at these folders and files, and ask how they are to be imported."""
        if not paths:
            return
        self.message.hide()
        self.job_bar.begin(f"Looking at {', '.join(path.name for path in paths[:3])}…")
        project = None if self._project is None else self._project.path
        self.import_flow.begin(pair_sources(paths), project)

    def _on_looked(self) -> None:
        self.job_bar.end()
        self._stack.setCurrentWidget(self.import_flow.page)

    def _on_left(self) -> None:
        self.job_bar.end()
        self._show_project()

    def _on_not_looked(self, error: FptError) -> None:
        self._on_left()
        self.message.say("Not imported", str(error))

    def _on_confirmed(self, requests: tuple[ImportRequest, ...]) -> None:
        self._show_project()
        self._begin_job(requests)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if dropped_paths(event):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        event.acceptProposedAction()
        self.choose_sources(dropped_paths(event))

    def _on_choose_folder(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, "Folder with images")
        self.choose_sources([Path(folder)] if folder else [])

    def _on_choose_files(self) -> None:
        files, _ = QFileDialog.getOpenFileNames(self, "Tables, archives, DICOMDIR, volumes")
        self.choose_sources([Path(file) for file in files])

    def _make_zone(self) -> QWidget:
        folder = make_button("chooseFolder", "Choose folder…", self._on_choose_folder, primary=True)
        files = make_button("chooseFiles", "Choose files…", self._on_choose_files)
        zone = DropZone(
            "datasetDropZone",
            "Drop your data set here",
            "A folder with one sub-folder per class, a table of files and labels (CSV, XLSX), a "
            "DICOM archive, a ZIP. You see what was recognised before anything is imported. "
            "Nothing leaves this machine, and your files are not changed.",
            (folder, files),
        )
        zone.dropped.connect(self.choose_sources)
        return zone


def _undo(project: Project) -> str:
    what = project.undo()
    return "There is nothing to undo." if what is None else f"Undone: {what}."


def _relocate(project: Project, old: Path, new: Path) -> str:
    found = project.relocate(old, new)
    return f"{count_of(found, 'file')} of {old.name} found in {new}."
