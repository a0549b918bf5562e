"""The main window: what is open, what runs, and one way out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QMargins, QSize, Signal
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QApplication,
    QFileDialog,
    QHBoxLayout,
    QMainWindow,
    QMessageBox,
    QStyle,
    QVBoxLayout,
    QWidget,
)

from app.dataset_panel.sources import is_source
from app.engine.engine_thread import EngineThread
from app.footer import RESEARCH_ONLY, Footer
from app.menus import add_menus
from app.pages.pages import PAGES, Pages
from app.project_access import ProjectAccess
from app.rail import Rail
from app.settings import Settings
from app.theme import Colours, Theme, apply_theme, colours_of
from app.widgets.ask import ask
from app.widgets.drop_zone import dropped_paths
from app.widgets.message_bar import MessageBar
from fpt_core.config import MODEL_SUFFIX, MODEL_SUFFIXES
from fpt_core.dataset.project import SUFFIX, Project
from fpt_core.errors import FptError
from fpt_core.events import Event, Failed, Finished, Stopped
from fpt_core.jobs.requests import AuditRequest, ImportRequest, TrainRequest
from fpt_core.version import __version__

if TYPE_CHECKING:
    from app.dataset_panel.dataset_panel import DatasetPanel
    from app.evaluate_panel.evaluate_panel import EvaluatePanel
    from app.models_panel.models_panel import ModelsPanel
    from app.review_panel.cases import ChosenCell
    from app.review_panel.review_panel import ReviewPanel
    from app.training_panel.training_panel import TrainingPanel


_USUAL_SIZE = QSize(1280, 760)


class Asker(Protocol):
    """A page that had a job run and hears of it."""

    def show_event(self, event: Event) -> None:
        """Show an event of the job."""

    def show_worker_died(self, exit_code: int) -> None:
        """Say that the job's process is gone."""


class MainWindow(QMainWindow):
    """FPT Studio's window.

    Args:
        settings: What is remembered between starts.
        ask_to_stop: Asks whether to stop the run in progress and close; returns the answer.

    Signals:
        project_changed(project): Another project is open, or a job has changed it.
        images_changed(project): The user has changed the open project's data set.
        colours_changed(colours): The theme is another.
        backbones_changed(): A backbone was added.
        reader_changed(name): Another person looks at images.
        closing(): The window goes, and all that runs in the background with it.
    """

    project_changed = Signal(object)
    images_changed = Signal(object)
    colours_changed = Signal(object)
    backbones_changed = Signal()
    reader_changed = Signal(str)
    closing = Signal()

    def __init__(
        self,
        settings: Settings,
        ask_to_stop: Callable[[QWidget], bool] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._settings = settings
        self._ask_to_stop = ask_to_stop or _ask_to_stop
        self._access = ProjectAccess()
        self._asker: Asker | None = None
        self.project: Project | None = None
        self.trainer = EngineThread("training", self)
        self.responder = EngineThread("inference", self)
        # Measuring another hospital's images must not hold up the one on screen.
        self.evaluator = EngineThread("evaluation", self)
        self.read_only = MessageBar("readOnly")
        self.trouble = MessageBar("trouble")
        self._rail = Rail(PAGES)
        self._pages = Pages(self)
        self.setWindowTitle("FPT Studio")
        self.setMinimumSize(980, 620)
        self.resize(self._first_size())
        self.setAcceptDrops(True)
        self._build()
        add_menus(self)
        self._connect()
        self.show_dataset()
        if settings.geometry is not None:
            self.restoreGeometry(settings.geometry)
        self._pages.setFocus()
        for engine in self._engines:
            engine.start()

    # --- pages --------------------------------------------------------------------------

    @property
    def dataset_panel(self) -> DatasetPanel:
        """The Dataset page; like the others it is made when it is first asked for."""
        return self._pages.page("dataset")

    @property
    def training_panel(self) -> TrainingPanel:
        """The Training page."""
        return self._pages.page("training")

    @property
    def evaluate_panel(self) -> EvaluatePanel:
        """The Evaluate page."""
        return self._pages.page("evaluate")

    @property
    def review_panel(self) -> ReviewPanel:
        """The Review page."""
        return self._pages.page("review")

    @property
    def models_panel(self) -> ModelsPanel:
        """The Models page."""
        return self._pages.page("models")

    def make_all_pages(self) -> None:
        """Make the pages that nobody has asked for yet, so that none keeps anyone waiting."""
        self._pages.make_all()

    def show_page(self, name: str) -> None:
        """Bring the page of that name to the front."""
        self._rail.choose(name)

    def show_dataset(self) -> None:
        """Bring the Dataset page to the front."""
        self.show_page("dataset")

    def show_training(self) -> None:
        """Bring the Training page to the front."""
        self.show_page("training")

    def show_evaluate(self) -> None:
        """Bring the Evaluate page to the front."""
        self.show_page("evaluate")

    def show_review(self) -> None:
        """Bring the Review page to the front."""
        self.show_page("review")

    def show_models(self) -> None:
        """Bring the Models page to the front."""
        self.show_page("models")

    # --- projects and files -----------------------------------------------------------

    def open_project(self, path: Path) -> None:
        """Open the project at ``path`` in all pages."""
        if self.trainer.busy:
            self.show_dataset()
            text = "A job is running; open another project when it has ended."
            self.dataset_panel.message.say("Not now", text)
            return
        try:
            self.project = self._access.open(path)
        except FptError as error:
            self.dataset_panel.message.say("Not opened", str(error))
            return
        self._settings.last_project = self.project.path
        self._say_read_only(self.project)
        self.tell_project_changed()

    def open_path(self, path: Path) -> None:
        """Open whatever was dropped on the window or given on the command line."""
        if path.suffix == SUFFIX:
            self.open_project(path)
        elif path.suffix == MODEL_SUFFIX:
            self.open_model(path)
        elif is_source(path):
            self.show_dataset()
            self.dataset_panel.choose_sources([path])
        else:
            self.show_review()
            self.review_panel.open_path(path)

    def open_paths(self, paths: Sequence[Path]) -> None:
        """Open what was dropped on the window or handed over: several images are a data set."""
        own = [path for path in paths if path.suffix in (SUFFIX, *MODEL_SUFFIXES)]
        others = [path for path in paths if path not in own]
        for path in own:
            self.open_path(path)
            if others and path.suffix in MODEL_SUFFIXES:
                self.review_panel.use_model(path)
        if len(others) == 1:
            self.open_path(others[0])
        elif others:
            self.show_dataset()
            self.dataset_panel.choose_sources(others)

    def open_model(self, path: Path) -> None:
        """Show what a model file says of itself."""
        self.show_models()
        self.models_panel.open_model(path)

    def review_with(self, model: Path) -> None:
        """Answer with a model file."""
        self.show_review()
        self.review_panel.use_model(model)

    def evaluate(self, model: Path) -> None:
        """Measure a model file."""
        self.show_evaluate()
        self.evaluate_panel.use_model(model)

    def show_cell(self, chosen: ChosenCell) -> None:
        """Show the images behind a cell of a confusion matrix."""
        self.show_review()
        self.review_panel.review.open_cell(chosen)

    def show_doubtful(self) -> None:
        """Show the labels that look wrong."""
        self.show_dataset()
        self.dataset_panel.show_doubtful()

    def import_more(self, request: ImportRequest) -> None:
        """Add images to the open project."""
        self.show_dataset()
        self.dataset_panel.import_more(request)

    @property
    def reader(self) -> str:
        """Who looks at images; may be empty."""
        return self._settings.reader

    def set_reader(self, name: str) -> None:
        """Somebody has named themselves."""
        self._settings.reader = name
        self.reader_changed.emit(name)

    def show_backbones(self) -> None:
        """Show which backbones there are, and how to get others."""
        self.show_models()
        self.models_panel.show_backbones()

    def _say_read_only(self, project: Project) -> None:
        self.read_only.hide()
        if project.read_only:
            self.read_only.say(
                "Read-only",
                f"This project is open in another window ({self._access.holder}). You can look at "
                "everything here; changes and training are made there.",
                "Try again",
                lambda: self.open_project(project.path),
            )

    def say_trouble(self, text: str) -> None:
        """Say what went wrong outside any page, such as that the project's folder is gone."""
        project = self.project
        if project is None:
            self.trouble.say("Not done", text)
        else:
            self.trouble.say(
                "Not done",
                text,
                "Open the project again",
                lambda: self.open_project(project.path),
            )

    def tell_project_changed(self) -> None:
        """The open project is another, or holds other things, for all pages."""
        name = ""
        if self.project is not None:
            name = f"{self.project.path.stem}{' (read-only)' * self.project.read_only} · "
        self.setWindowTitle(f"{name}FPT Studio")
        self.project_changed.emit(self.project)

    def tell_images_changed(self) -> None:
        """The Dataset page has changed the open project."""
        self.images_changed.emit(self.project)

    # --- the menus ----------------------------------------------------------------------

    def choose_new_project(self) -> None:
        """Ask for a name and make a project."""
        file, _ = QFileDialog.getSaveFileName(self, "New project", f"project{SUFFIX}")
        if file:
            try:
                self.open_project(Project.create(Path(file)).path)
            except FptError as error:
                self.dataset_panel.message.say("Not created", str(error))

    def choose_project(self) -> None:
        """Ask for a project folder and open it."""
        folder = QFileDialog.getExistingDirectory(self, f"Project folder (NAME{SUFFIX})")
        if folder:
            self.open_project(Path(folder))

    def choose_image(self) -> None:
        """Ask for an image and show it in Review."""
        self.show_review()
        self.review_panel.choose_image()

    def choose_model(self) -> None:
        """Ask for a model file and show what it says of itself."""
        self.show_models()
        self.models_panel.choose_model()

    def undo_edit(self) -> None:
        """Take the latest change of labels, splits or exclusions back."""
        self.show_dataset()
        self.dataset_panel.undo()

    def show_licences(self) -> None:
        """Show whose work is inside, and under which terms."""
        from app.licences import LicencesDialog  # reads the metadata of every package

        LicencesDialog(self).open()

    def show_about(self) -> None:
        """Say what this is."""
        QMessageBox.about(
            self,
            "About FPT Studio",
            f"FPT Studio {__version__}\n\nFine-tunes an image classifier on your own machine.\n\n"
            f"{RESEARCH_ONLY}\n\nLicence: Apache-2.0",
        )

    # --- jobs -------------------------------------------------------------------------

    def run_job(self, request: ImportRequest | AuditRequest | TrainRequest, asker: Asker) -> None:
        """Let the training process do ``request``, and tell ``asker`` of it."""
        self._asker = asker
        self.trainer.submit(request)

    def _on_trainer_event(self, event: Event) -> None:
        if self._asker is None:
            return
        if isinstance(event, Failed):
            # A run whose end could not be written down, its drive gone, is known by its process.
            self.trainer.retire()
        if isinstance(event, Finished) and self.project is None:
            # The import has made the project: a failed one leaves nothing behind.
            self.open_project(Path(event.result["project"]))
        elif isinstance(event, Finished | Stopped | Failed):
            self.tell_project_changed()
        self._asker.show_event(event)

    def _on_trainer_died(self, exit_code: int) -> None:
        if self._asker is not None:
            self._asker.show_worker_died(exit_code)

    # --- theme --------------------------------------------------------------------------

    @property
    def colours(self) -> Colours:
        """The theme's colours at present."""
        return colours_of(self._settings.theme)

    def use_system_theme(self) -> None:
        """Follow the system's theme."""
        self._use_theme(Theme.SYSTEM)

    def use_light_theme(self) -> None:
        """Dark on light."""
        self._use_theme(Theme.LIGHT)

    def use_dark_theme(self) -> None:
        """Light on dark."""
        self._use_theme(Theme.DARK)

    def _use_theme(self, theme: Theme) -> None:
        self._settings.theme = theme
        application = QApplication.instance()
        assert isinstance(application, QApplication), "a window has an application"
        self.colours_changed.emit(apply_theme(application, theme))

    def _on_scheme_changed(self) -> None:
        if self._settings.theme is Theme.SYSTEM:
            self._use_theme(Theme.SYSTEM)

    # --- the window ---------------------------------------------------------------------

    @property
    def _engines(self) -> tuple[EngineThread, ...]:
        return self.trainer, self.responder, self.evaluator

    def _first_size(self) -> QSize:
        """Of a window that was never shown here: no larger than the screen, with its title bar."""
        room = self.screen().availableGeometry().size()
        title = self.style().pixelMetric(QStyle.PixelMetric.PM_TitleBarHeight)
        return _USUAL_SIZE.boundedTo(room.shrunkBy(QMargins(0, title, 0, 0)))

    def _build(self) -> None:
        right = QVBoxLayout()
        right.setContentsMargins(0, 0, 0, 0)
        right.setSpacing(0)
        right.addWidget(self.read_only)
        right.addWidget(self.trouble)
        right.addWidget(self._pages, stretch=1)
        right.addWidget(Footer())
        central = QWidget()
        layout = QHBoxLayout(central)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._rail)
        layout.addLayout(right, stretch=1)
        self.setCentralWidget(central)

    def _connect(self) -> None:
        self._rail.chosen.connect(self._pages.show_page)
        self._rail.set_colours(self.colours)
        self.colours_changed.connect(self._rail.set_colours)
        self.trainer.event_received.connect(self._on_trainer_event)
        self.trainer.worker_died.connect(self._on_trainer_died)
        QApplication.styleHints().colorSchemeChanged.connect(self._on_scheme_changed)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if dropped_paths(event):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        event.acceptProposedAction()
        self.open_paths(dropped_paths(event))

    def closeEvent(self, event: QCloseEvent) -> None:
        """The one way out: X, Ctrl+Q, logout and Ctrl+C in a terminal all come here."""
        if self.trainer.busy and not self._ask_to_stop(self):
            event.ignore()
            return
        self._settings.geometry = self.saveGeometry()
        self.hide()  # a job may need seconds to come to its next event
        self.closing.emit()
        for engine in self._engines:
            if engine.isRunning():
                engine.shutdown()
        self._access.close()
        event.accept()


def _ask_to_stop(parent: QWidget) -> bool:
    return ask(
        parent,
        "A job is running",
        "A job is running. Stop it and close?",
        "What was finished is kept; a training run can be resumed later.",
        "Stop and close",
        "Keep running",
    )
