"""Start a run, watch it, stop it, go on with it."""

from __future__ import annotations

from enum import Enum
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QProgressBar,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.theme import LIGHT, Colours
from app.training_panel.settings_form import SettingsForm
from app.widgets.button import make_button
from app.widgets.live_chart import LiveChart
from app.widgets.message_bar import MessageBar
from fpt_core.dataset.project import Project
from fpt_core.events import (
    EpochCompleted,
    Event,
    Failed,
    Finished,
    Progress,
    RunStarted,
    StepCompleted,
    Stopped,
    Warned,
)
from fpt_core.jobs.requests import TrainRequest

_MEGABYTE = 1e6
_FORM_WIDTH_PX = 340
_NOTES_HEIGHT_PX = 48


class _State(Enum):
    IDLE = "idle"
    RUNNING = "running"
    PAUSED = "paused"


class TrainingPanel(QWidget):
    """The Training panel.

    Signals:
        train_wanted(request): Start or resume a run.
        pause_wanted(), continue_wanted(), stop_wanted(): For the run in progress.
        review_wanted(model): Review images with a model file.
    """

    train_wanted = Signal(object)
    pause_wanted = Signal()
    continue_wanted = Signal()
    stop_wanted = Signal()
    review_wanted = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("trainingPanel")
        self._project: Project | None = None
        self._state = _State.IDLE
        self._engine_busy = False
        self._colours = LIGHT
        self.message = MessageBar("trainingMessage")
        self.form = SettingsForm()
        self._build_charts()
        self._build_status()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(20, 16, 20, 16)
        layout.setSpacing(20)
        layout.addWidget(self._left_column())
        right = QVBoxLayout()
        right.addWidget(self.message)
        right.addWidget(self._banner)
        right.addLayout(self._charts, stretch=1)
        right.addWidget(self._status)
        right.addWidget(self._progress)
        right.addWidget(self._notes)
        layout.addLayout(right, stretch=1)
        self._update_buttons()

    def set_project(self, project: Project | None) -> None:
        """Train on ``project``."""
        self._project = project
        self._update_buttons()

    def set_engine_busy(self, busy: bool) -> None:
        """Whether a job runs, of this panel or of another; a run starts when it has ended."""
        self._engine_busy = busy
        self._update_buttons()

    def set_colours(self, colours: Colours) -> None:
        """Draw the charts in the theme's colours."""
        for chart in (self.loss_chart, self.auc_chart, self.memory_chart):
            chart.set_colours(colours)
        self._colours = colours

    def show_event(self, event: Event) -> None:
        """Show an event of a training job."""
        match event:
            case Progress():
                self._show_progress(event.done, event.total, f"{event.stage}: %v of %m")
            case Warned():
                self._notes.addItem(f"{event.message} {event.remedy}".strip())
                self._notes.show()
            case RunStarted():
                self._on_run_started(event)
            case StepCompleted():
                self._on_step_completed(event)
            case EpochCompleted():
                self._on_epoch_completed(event)
            case Finished():
                self._on_finished(event)
            case Stopped():
                self._end()
                self.message.say(
                    "Stopped",
                    "The run is kept and can go on where it was; its best model can be used.",
                )
            case Failed():
                self._end()
                self.message.say("Not trained", f"{event.message} {event.remedy}")

    def show_worker_died(self, exit_code: int) -> None:
        """Say calmly that the training process is gone, and what is kept."""
        self._end()
        run = self._resumable_run()
        why = "was ended by the system" if exit_code < 0 else f"ended with status {exit_code}"
        self.message.say(
            "Interrupted",
            f"The training process {why}, perhaps for lack of memory. The data set, what was "
            "prepared and the run up to its last checkpoint are kept.",
            "Resume" if run else "",
            self._on_resume if run else None,
        )

    # --- events -----------------------------------------------------------------------

    def _on_run_started(self, event: RunStarted) -> None:
        self._first = event.first_step
        for chart in (self.loss_chart, self.auc_chart, self.memory_chart):
            chart.clear_points()
        share = event.trainable_parameters / event.total_parameters
        self._facts = (
            f"{event.method.upper()} on {event.backbone} · "
            f"{event.trainable_parameters:,} learnable parameters ({share:.2%})"
        )
        self._status.setText(self._facts)
        self._banner.setVisible(not event.pretrained)
        megabytes = event.full_finetuning_bytes / _MEGABYTE
        self.memory_chart.set_limit(megabytes, f"full fine-tuning, estimated: {megabytes:,.0f} MB")
        self.set_colours(self._colours)
        self._update_buttons()

    def _on_step_completed(self, event: StepCompleted) -> None:
        self.loss_chart.append("training", event.step, event.loss)
        self.memory_chart.append("in use", event.elapsed_s, event.memory_bytes / _MEGABYTE)
        self._show_progress(event.step, event.total_steps, "Training: step %v of %m")
        left = (event.total_steps - event.step) * event.elapsed_s / max(1, event.step - self._first)
        self._status.setText(
            f"{self._facts}\nEpoch {event.epoch} · {event.images_per_s:,.0f} images/s · "
            f"{event.memory_bytes / _MEGABYTE:,.0f} MB · about {_duration(left)} left"
        )
        self._last_step = event.step

    def _on_epoch_completed(self, event: EpochCompleted) -> None:
        if event.val_loss is not None:
            self.loss_chart.append("validation", self._last_step, event.val_loss)
        if event.val_auc is not None:
            self.auc_chart.append("validation", event.epoch, event.val_auc)

    def _on_finished(self, event: Finished) -> None:
        self._end()
        result = event.result
        if "metrics" not in result:
            return
        auc = result["metrics"]["test"]["auc"]
        text = "not measurable" if auc is None else f"{auc:.3f}"
        images = result["metrics"]["test"]["images"]
        model = Path(result["model"])
        self.message.say(
            "Done",
            f"Test AUC {text} on {images} images. The model file is {model.name} in run "
            f"{result['run']}.",
            "Review with this model",
            lambda: self.review_wanted.emit(model),
        )

    def _end(self) -> None:
        self._state = _State.IDLE
        self._progress.hide()
        self._update_buttons()

    # --- buttons ----------------------------------------------------------------------

    def _on_start(self) -> None:
        if self._project is not None:
            self._begin(self.form.request(self._project.path))

    def _on_resume(self) -> None:
        run = self._resumable_run()
        if run is not None and self._project is not None:
            self._begin(TrainRequest(self.form.request(self._project.path).prepare, resume=run))

    def _begin(self, request: TrainRequest) -> None:
        self._state = _State.RUNNING
        self.message.hide()
        self._notes.clear()
        self._notes.hide()
        self._show_progress(0, 0, "Starting…")
        self._status.setText("")
        self._update_buttons()
        self.train_wanted.emit(request)

    def _on_pause(self) -> None:
        paused = self._state is _State.PAUSED
        self._state = _State.RUNNING if paused else _State.PAUSED
        (self.continue_wanted if paused else self.pause_wanted).emit()
        self._update_buttons()

    def _on_stop(self) -> None:
        self._show_progress(0, 0, "Stopping after this step…")
        self.stop.setEnabled(False)
        self.pause.setEnabled(False)
        self.stop_wanted.emit()

    def _resumable_run(self) -> str | None:
        """The latest run, if it did not come to its end."""
        runs = self._project.runs() if self._project is not None else []
        return runs[0].id if runs and runs[0].resumable else None

    def _update_buttons(self) -> None:
        idle = self._state is _State.IDLE
        has_images = self._project is not None and self._project.has_images
        free = idle and not self._engine_busy
        self.start.setEnabled(free and has_images)
        self.resume.setEnabled(free and self._resumable_run() is not None)
        self.pause.setEnabled(not idle)
        self.pause.setText("Continue" if self._state is _State.PAUSED else "Pause")
        self.stop.setEnabled(not idle)
        self.form.setEnabled(idle)
        if self._project is None or not has_images:
            self._needs.setText("Import a data set first.")
        self._needs.setVisible(not has_images)

    # --- construction -----------------------------------------------------------------

    def _left_column(self) -> QWidget:
        title = QLabel("Training")
        title.setObjectName("title")
        self.start = make_button("startTraining", "Start", self._on_start, primary=True)
        self.pause = make_button("pauseTraining", "Pause", self._on_pause)
        self.stop = make_button("stopTraining", "Stop and keep", self._on_stop)
        self.resume = make_button("resumeTraining", "Resume last run", self._on_resume)
        self._needs = QLabel()
        self._needs.setProperty("role", "hint")
        buttons = QGridLayout()
        buttons.addWidget(self.start, 0, 0, 1, 2)
        buttons.addWidget(self.pause, 1, 0)
        buttons.addWidget(self.stop, 1, 1)
        buttons.addWidget(self.resume, 2, 0, 1, 2)
        column = QWidget()
        layout = QVBoxLayout(column)
        layout.setContentsMargins(0, 0, 8, 0)
        layout.setSpacing(14)
        layout.addWidget(title)
        layout.addWidget(self.form)
        layout.addLayout(buttons)
        layout.addWidget(self._needs)
        layout.addStretch()
        scroll = QScrollArea()
        scroll.setObjectName("settingsScroll")
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(column)
        scroll.setFixedWidth(_FORM_WIDTH_PX)
        return scroll

    def _build_charts(self) -> None:
        self.loss_chart = LiveChart("lossChart", "Loss", "step", "cross-entropy", legend=True)
        self.loss_chart.add_line("training")
        self.loss_chart.add_line("validation", points=True)
        self.auc_chart = LiveChart("aucChart", "Validation AUC", "epoch", "AUC")
        self.auc_chart.add_line("validation", points=True)
        self.auc_chart.setYRange(0, 1)
        self.memory_chart = LiveChart("memoryChart", "Memory", "seconds", "MB")
        self.memory_chart.add_line("in use")
        self._charts = QGridLayout()
        self._charts.setSpacing(10)
        self._charts.addWidget(self.loss_chart, 0, 0, 1, 2)
        self._charts.addWidget(self.auc_chart, 1, 0)
        self._charts.addWidget(self.memory_chart, 1, 1)

    def _build_status(self) -> None:
        self._facts = ""
        self._first = self._last_step = 0
        self._status = QLabel()
        self._status.setObjectName("trainingStatus")
        self._status.setWordWrap(True)
        self._progress = QProgressBar()
        self._progress.setObjectName("trainingProgress")
        self._progress.hide()
        self._notes = QListWidget()
        self._notes.setObjectName("trainingNotes")
        self._notes.setAccessibleName("Notes on this run")
        self._notes.setWordWrap(True)
        self._notes.setMaximumHeight(_NOTES_HEIGHT_PX)
        self._notes.hide()
        self._banner = QLabel(
            "The backbone has random weights: this run shows that the program works, "
            "not how well it works. Choose pretrained weights for real answers."
        )
        self._banner.setObjectName("randomBanner")
        self._banner.setWordWrap(True)
        self._banner.hide()

    def _show_progress(self, done: int, total: int, text: str) -> None:
        self._progress.setFormat(text)
        self._progress.setMaximum(total)
        self._progress.setValue(done)
        self._progress.show()


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
