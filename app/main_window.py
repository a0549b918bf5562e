"""The main window: rail, panels, engines, and one way out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QCloseEvent, QDragEnterEvent, QDropEvent, QIcon, QKeySequence
from PySide6.QtWidgets import (
    QApplication,
    QButtonGroup,
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QMainWindow,
    QMenu,
    QMessageBox,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.actions import ACTIONS
from app.dataset_panel.dataset_panel import DatasetPanel
from app.dataset_panel.sources import is_source
from app.device_badge import device_sentence
from app.engine.engine_thread import EngineThread
from app.engine.planner import Planner
from app.evaluate_panel.evaluate_panel import EvaluatePanel
from app.icons import icon
from app.models_panel.models_panel import ModelsPanel
from app.project_access import ProjectAccess
from app.report_dialog.report_dialog import ReportDialog
from app.review_panel.review_panel import ReviewPanel
from app.run_watch import RunWatch
from app.settings import Settings
from app.theme import Colours, Theme, apply_theme, colours_of
from app.training_panel.training_panel import TrainingPanel
from app.widgets.ask import ask
from app.widgets.drop_zone import dropped_paths
from app.widgets.message_bar import MessageBar
from fpt_core.config import MODEL_SUFFIX, MODEL_SUFFIXES
from fpt_core.dataset.project import SUFFIX, Project
from fpt_core.dataset.records import ImageRecord
from fpt_core.errors import FptError
from fpt_core.events import Event, Failed, Finished, Stopped
from fpt_core.jobs.requests import AuditRequest, ImportRequest, PredictRequest, TrainRequest
from fpt_core.version import __version__

_RAIL = (
    ("dataset", "Dataset"),
    ("training", "Training"),
    ("evaluate", "Evaluate"),
    ("review", "Review"),
    ("models", "Models"),
)
_RAIL_WIDTH_PX = 92
RESEARCH_ONLY = "For research use only. Not a medical device."


class MainWindow(QMainWindow):
    """FPT Studio's window.

    Args:
        settings: What is remembered between starts.
        ask_to_stop: Asks whether to stop the run in progress and close; returns the answer.
    """

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
        self._project: Project | None = None
        self.trainer = EngineThread("training", self)
        self.responder = EngineThread("inference", self)
        self.planner = Planner(self)
        self._watch = RunWatch(self)
        # Measuring another hospital's images must not hold up the one on screen.
        self.evaluator = EngineThread("evaluation", self)
        self._job_panel: DatasetPanel | TrainingPanel | None = None
        self.dataset_panel = DatasetPanel()
        self.training_panel = TrainingPanel()
        self.evaluate_panel = EvaluatePanel()
        self.review_panel = ReviewPanel()
        self.models_panel = ModelsPanel()
        self.read_only = MessageBar("readOnly")
        self._panels = (
            self.dataset_panel,
            self.training_panel,
            self.evaluate_panel,
            self.review_panel,
            self.models_panel,
        )
        self.setWindowTitle("FPT Studio")
        self.setMinimumSize(980, 620)
        self.resize(1280, 760)
        self.setAcceptDrops(True)
        self._build()
        self._build_menus()
        self._connect()
        self._on_theme_changed(colours_of(settings.theme))
        if settings.geometry is not None:
            self.restoreGeometry(settings.geometry)
        self._pages.setFocus()
        self.trainer.start()
        self.responder.start()
        self.evaluator.start()

    # --- projects and files -----------------------------------------------------------

    def open_project(self, path: Path) -> None:
        """Open the project at ``path`` in all panels."""
        if self.trainer.busy:
            self._say_busy("open another project when it has ended.")
            return
        try:
            self._project = self._access.open(path)
        except FptError as error:
            self.dataset_panel.message.say("Not opened", str(error))
            return
        self._settings.last_project = self._project.path
        self._say_read_only(self._project)
        self._refresh()

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

    def open_model(self, path: Path) -> None:
        """Show what a model file says of itself."""
        self.show_models()
        self.models_panel.open_model(path)

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

    def choose_new_project(self) -> None:
        """Ask for a name and make a project."""
        file, _ = QFileDialog.getSaveFileName(self, "New project", f"project{SUFFIX}")
        if file:
            self._create_project(Path(file))

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

    def _create_project(self, path: Path) -> None:
        try:
            self.open_project(Project.create(path).path)
        except FptError as error:
            self.dataset_panel.message.say("Not created", str(error))

    def _say_busy(self, then: str) -> None:
        self.show_dataset()
        self.dataset_panel.message.say("Not now", f"A job is running; {then}")

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

    def _refresh(self) -> None:
        name = ""
        if self._project is not None:
            name = f"{self._project.path.stem}{' (read-only)' * self._project.read_only} · "
        self.setWindowTitle(f"{name}FPT Studio")
        for panel in self._panels:
            panel.set_project(self._project)

    # --- jobs -------------------------------------------------------------------------

    def _on_dataset_job_wanted(self, requests: tuple[ImportRequest | AuditRequest, ...]) -> None:
        if self._project is not None and self._project.read_only:
            why = f"{self._project.path.name} is open in another window, so it is read-only here."
            self.dataset_panel.show_event(Failed("project", why, "Do it in that window."))
            return
        self._job_panel = self.dataset_panel
        for request in requests:
            self.trainer.submit(request)

    def _on_image_chosen(self, image: ImageRecord) -> None:
        self.show_review()
        self.review_panel.open_path(image.path, image.frame)

    def _on_dataset_changed(self) -> None:
        for panel in self._panels[1:]:
            panel.set_project(self._project)

    def _on_train_wanted(self, request: TrainRequest) -> None:
        self._job_panel = self.training_panel
        self.trainer.submit(request)

    def _on_predict_wanted(self, request: PredictRequest) -> None:
        self.responder.submit(request)

    def _on_trainer_event(self, event: Event) -> None:
        if self._job_panel is None:
            return
        if isinstance(event, Finished) and self._project is None:
            # The import has made the project: a failed one leaves nothing behind.
            self.open_project(Path(event.result["project"]))
        elif isinstance(event, Finished | Stopped | Failed):
            self._refresh()
        self._job_panel.show_event(event)

    def _on_trainer_died(self, exit_code: int) -> None:
        if self._job_panel is self.training_panel:
            self.training_panel.show_worker_died(exit_code)
        else:
            self.dataset_panel.show_event(
                Failed(
                    "worker", "The import was ended by the system; nothing was changed.", "Retry."
                )
            )

    # --- window -----------------------------------------------------------------------

    def show_dataset(self) -> None:
        """Bring the Dataset panel to the front."""
        self._rail.button(0).click()

    def show_training(self) -> None:
        """Bring the Training panel to the front."""
        self._rail.button(1).click()

    def show_evaluate(self) -> None:
        """Bring the Evaluate panel to the front."""
        self._rail.button(2).click()

    def show_review(self) -> None:
        """Bring the Review panel to the front."""
        self._rail.button(3).click()

    def show_models(self) -> None:
        """Bring the Models panel to the front."""
        self._rail.button(4).click()

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
        self._on_theme_changed(apply_theme(application, theme))

    def _on_theme_changed(self, colours: Colours) -> None:
        self.dataset_panel.set_colours(colours)
        self.training_panel.set_colours(colours)
        self.evaluate_panel.set_colours(colours)
        for number, (name, _) in enumerate(_RAIL):
            checked = self._rail.button(number).isChecked()
            self._rail.button(number).setIcon(
                icon(name, colours.accent if checked else colours.muted)
            )

    def _on_rail_chosen(self, number: int) -> None:
        self._pages.setCurrentIndex(number)
        self._on_theme_changed(colours_of(self._settings.theme))

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
        for dialog in self.findChildren(ReportDialog):
            dialog.close()
        self.dataset_panel.close_readers()
        self.training_panel.close_readers()
        self.evaluate_panel.close_readers()
        self.review_panel.close_readers()
        self.models_panel.close_readers()
        self.planner.close()
        self._watch.close()
        for engine in (self.trainer, self.responder, self.evaluator):
            if engine.isRunning():
                engine.shutdown()
        self._access.close()
        event.accept()

    # --- construction -----------------------------------------------------------------

    def _build(self) -> None:
        self._pages = QStackedWidget()
        for panel in self._panels:
            self._pages.addWidget(panel)
        right = QVBoxLayout()
        right.setContentsMargins(0, 0, 0, 0)
        right.setSpacing(0)
        right.addWidget(self.read_only)
        right.addWidget(self._pages, stretch=1)
        right.addWidget(self._footer())
        central = QWidget()
        layout = QHBoxLayout(central)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._build_rail())
        layout.addLayout(right, stretch=1)
        self.setCentralWidget(central)

    def _build_rail(self) -> QWidget:
        rail = QFrame()
        rail.setObjectName("rail")
        rail.setFixedWidth(_RAIL_WIDTH_PX)
        layout = QVBoxLayout(rail)
        layout.setContentsMargins(8, 12, 8, 12)
        layout.setSpacing(6)
        self._rail = QButtonGroup(self)
        self._rail.setExclusive(True)
        for number, (name, text) in enumerate(_RAIL):
            button = QToolButton()
            button.setObjectName(f"{name}Button")
            button.setAccessibleName(text)
            button.setText(text)
            button.setIcon(QIcon())
            button.setIconSize(QSize(26, 26))
            button.setCheckable(True)
            # A mark of focus helps those who use the keyboard, and only them.
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
            button.setFixedWidth(_RAIL_WIDTH_PX - 16)
            self._rail.addButton(button, number)
            layout.addWidget(button)
        layout.addStretch()
        self._rail.button(0).setChecked(True)
        return rail

    def _footer(self) -> QWidget:
        footer = QWidget()
        footer.setObjectName("footer")
        badge = QLabel(device_sentence())
        badge.setObjectName("deviceBadge")
        badge.setAccessibleName(f"Computes on: {badge.text()}")
        research = QLabel(RESEARCH_ONLY)
        research.setProperty("role", "hint")
        layout = QHBoxLayout(footer)
        layout.setContentsMargins(20, 4, 20, 8)
        layout.addWidget(badge)
        layout.addStretch()
        layout.addWidget(research)
        return footer

    def _build_menus(self) -> None:
        menus: dict[str, QMenu] = {}
        for spec in ACTIONS:
            if spec.menu not in menus:
                menus[spec.menu] = self.menuBar().addMenu(spec.menu)
            action = QAction(spec.text, self)
            action.setObjectName(spec.name)
            if spec.shortcut:
                action.setShortcut(QKeySequence(spec.shortcut))
            handler = getattr(self, spec.handler)
            action.triggered.connect(lambda _=False, handler=handler: handler())
            menus[spec.menu].addAction(action)

    def _connect(self) -> None:
        self._rail.idClicked.connect(self._on_rail_chosen)
        self.dataset_panel.job_wanted.connect(self._on_dataset_job_wanted)
        self.dataset_panel.stop_wanted.connect(self.trainer.stop)
        self.dataset_panel.image_chosen.connect(self._on_image_chosen)
        self.dataset_panel.changed.connect(self._on_dataset_changed)
        self.training_panel.train_wanted.connect(self._on_train_wanted)
        self.training_panel.pause_wanted.connect(self.trainer.pause)
        self.training_panel.continue_wanted.connect(self.trainer.resume)
        self.training_panel.stop_wanted.connect(self.trainer.stop)
        self.training_panel.review_wanted.connect(self._on_review_wanted)
        self.training_panel.model_wanted.connect(self.open_model)
        self.models_panel.review_wanted.connect(self._on_review_wanted)
        form = self.training_panel.plan.form
        form.backbones_wanted.connect(self._on_backbones_wanted)
        self.models_panel.backbones_changed.connect(form.refresh_backbones)
        self.training_panel.evaluate_wanted.connect(self._on_evaluate_wanted)
        self.training_panel.report_wanted.connect(self._on_report_wanted)
        self.evaluate_panel.report_wanted.connect(self._on_report_wanted)
        self.training_panel.estimate_wanted.connect(self.planner.ask)
        self.training_panel.estimate_unwanted.connect(self.planner.drop)
        self.training_panel.running_changed.connect(self._watch.set_running)
        self.training_panel.run_ended.connect(self._watch.tell_end)
        self._watch.noted.connect(self.training_panel.live.note)
        estimate = self.training_panel.plan.estimate
        self.planner.progressed.connect(estimate.show_progress)
        self.planner.estimated.connect(estimate.show_estimate)
        self.planner.failed.connect(estimate.show_failure)
        self.review_panel.predict_wanted.connect(self._on_predict_wanted)
        self.evaluate_panel.evaluate_wanted.connect(self.evaluator.submit)
        self.evaluate_panel.stop_wanted.connect(self.evaluator.stop)
        self.evaluator.event_received.connect(self.evaluate_panel.show_event)
        self.evaluator.worker_died.connect(self.evaluate_panel.show_worker_died)
        self.trainer.event_received.connect(self._on_trainer_event)
        self.trainer.busy_changed.connect(self.training_panel.set_engine_busy)
        self.trainer.busy_changed.connect(self.dataset_panel.set_engine_busy)
        self.trainer.worker_died.connect(self._on_trainer_died)
        self.responder.event_received.connect(self.review_panel.show_event)
        self.responder.worker_died.connect(self.review_panel.show_worker_died)
        QApplication.styleHints().colorSchemeChanged.connect(self._on_scheme_changed)

    def _on_review_wanted(self, model: Path) -> None:
        self.show_review()
        self.review_panel.use_model(model)

    def _on_evaluate_wanted(self, model: Path) -> None:
        self.show_evaluate()
        self.evaluate_panel.use_model(model)

    def _on_report_wanted(self, run_id: str) -> None:
        if self._project is not None:
            colours = colours_of(self._settings.theme)
            dialog = ReportDialog(self._project, run_id, colours, self)
            dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            dialog.show()

    def _on_backbones_wanted(self) -> None:
        self.show_models()
        self.models_panel.show_backbones()

    def _on_scheme_changed(self) -> None:
        if self._settings.theme is Theme.SYSTEM:
            self._use_theme(Theme.SYSTEM)


def _ask_to_stop(parent: QWidget) -> bool:
    return ask(
        parent,
        "A job is running",
        "A job is running. Stop it and close?",
        "What was finished is kept; a training run can be resumed later.",
        "Stop and close",
        "Keep running",
    )
