"""Plan a run, watch it, and keep what all runs reached."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QTabWidget, QVBoxLayout, QWidget

from app.dataset_panel.words import count_of
from app.project_desk import ProjectDesk
from app.theme import Colours
from app.training_panel.live_page import LivePage
from app.training_panel.plan_page import PlanPage
from app.training_panel.questions import Questions
from app.training_panel.run_rows import RunsSnapshot
from app.training_panel.runs_page import RunsPage
from app.training_panel.words import about
from app.widgets.message_bar import MessageBar
from fpt_core.dataset.project import Project
from fpt_core.dataset.run_table import RunRecord
from fpt_core.errors import FptError
from fpt_core.events import Event, Failed, Finished, RunStarted, Stopped
from fpt_core.jobs.estimates import Estimate, Forecast
from fpt_core.jobs.requests import PrepareRequest, TrainRequest
from fpt_core.jobs.run_log import from_settings, queued_request, to_settings

_IMPORT_FIRST = "Import a data set first."
_INTERRUPTED = "The last run did not come to its end. It goes on from its last checkpoint."


class _State(Enum):
    IDLE = "idle"
    RUNNING = "running"
    PAUSED = "paused"


class TrainingPanel(QWidget):
    """The Training panel.

    Signals:
        train_wanted(request): Start or resume a run.
        pause_wanted(), continue_wanted(), stop_wanted(): For the run in progress.
        running_changed(running): A run began or ended.
        run_ended(title, text): How it ended, for those who are not looking.
        model_wanted(path): Look at a model file.
        evaluate_wanted(model): Measure a model file.
        report_wanted(run_id): Write what can be published of a run.
        review_wanted(model): Review images with a model file.
    """

    train_wanted = Signal(object)
    pause_wanted = Signal()
    continue_wanted = Signal()
    stop_wanted = Signal()
    running_changed = Signal(bool)
    run_ended = Signal(str, str)
    model_wanted = Signal(object)
    evaluate_wanted = Signal(object)
    report_wanted = Signal(str)
    review_wanted = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("trainingPanel")
        self._project: Project | None = None
        self._snapshot = RunsSnapshot()
        self._state = _State.IDLE
        self._has_images = False
        """Read once: a drive that goes away must not stop a panel half way."""
        self._engine_busy = self._discards = self._queue_goes_on = False
        self._is_heard_of = False
        """Whether the run in progress has told anything."""
        self._is_stale = False
        """Whether the snapshot is of before the last run's end."""
        self._request: TrainRequest | None = None
        self._run_id: str | None = None
        self._offered: str | None = None
        self._forecast = Forecast()
        self.message = MessageBar("trainingMessage")
        self.plan = PlanPage()
        self.live = LivePage()
        self.runs = RunsPage()
        self.tabs = QTabWidget()
        self.tabs.setObjectName("trainingTabs")
        for page, text in ((self.plan, "New run"), (self.live, "Live"), (self.runs, "Runs")):
            self.tabs.addTab(page, text)
        self._desk = ProjectDesk(RunsSnapshot.read, self)
        self.questions = Questions(self.plan, self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 16, 20, 16)
        layout.setSpacing(10)
        layout.addWidget(self.message)
        layout.addWidget(self.tabs, stretch=1)
        self._connect()
        self._update()

    def _connect(self) -> None:
        self._desk.read.connect(self._on_read)
        self._desk.said.connect(lambda text: self.message.say("Done", text))
        self._desk.failed.connect(lambda error: self.message.say("Not done", str(error)))
        self.tabs.currentChanged.connect(lambda _: self._on_tab_changed())
        self.plan.form.changed.connect(self.questions.ask)
        self.plan.estimate.afresh_wanted.connect(lambda: self.questions.ask(afresh=True))
        self.plan.start_wanted.connect(self._on_start)
        self.plan.resume_wanted.connect(self._on_resume_last)
        self.live.pause_wanted.connect(self._on_pause)
        self.live.stop_wanted.connect(lambda: self._on_stop(discard=False))
        self.live.discard_wanted.connect(lambda: self._on_stop(discard=True))
        queue = self.live.queue
        queue.moved.connect(lambda n, place: self._desk.change(lambda p: p.move_queued(n, place)))
        queue.remove_wanted.connect(lambda n: self._desk.change(lambda p: p.remove_queued(n)))
        queue.start_wanted.connect(self._on_start_queue)
        self.runs.change_wanted.connect(self._desk.change)
        self.runs.trash_wanted.connect(self._on_trash_wanted)
        self.runs.again_wanted.connect(self._on_again_wanted)
        self.runs.resume_wanted.connect(self._resume)
        self.runs.model_wanted.connect(self.model_wanted)
        self.runs.evaluate_wanted.connect(self.evaluate_wanted)
        self.runs.report_wanted.connect(self.report_wanted)
        self.runs.failed.connect(lambda text: self.message.say("Not done", text))

    # --- what the window tells ----------------------------------------------------------

    def set_project(self, project: Project | None) -> None:
        """Train on ``project``."""
        self._has_images = project is not None and project.has_images
        if project is None or self._project is None or project.path != self._project.path:
            self._queue_goes_on, self._offered = False, None
            self._snapshot, self._forecast = RunsSnapshot(), Forecast()
        self._project = project
        self.questions.set_project(project if self._has_images else None)
        self._desk.open(project)
        self._update()
        self.questions.ask()

    def set_engine_busy(self, busy: bool) -> None:
        """Whether a job runs, of this panel or of another; a run starts when it has ended."""
        self._engine_busy = busy
        self._update()
        self._ask()
        self._start_next()

    def set_colours(self, colours: Colours) -> None:
        """Draw in the theme's colours."""
        self.live.set_colours(colours)
        self.runs.set_colours(colours)

    def close_readers(self) -> None:
        """Let the changes that wait be made."""
        self._desk.close()
        self.runs.close_readers()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.plan.form.refresh_backbones()
        self._ask()

    def show_event(self, event: Event) -> None:
        """Show an event of a training job."""
        match event:
            case Finished():
                self._on_finished(event)
            case Stopped():
                self._on_stopped()
            case Failed():
                self._end("Not trained", f"{event.message} {event.remedy}")
            case _:
                if not self._is_heard_of:
                    self._is_heard_of = True
                    self._desk.open(self._project)  # it is a run now and waits no longer
                if isinstance(event, RunStarted):
                    self._run_id = event.run_id
                self.live.show_event(event)

    def show_forecast(self, forecast: Forecast) -> None:
        """What the runs that wait will take."""
        self._forecast = forecast
        self._update()

    def show_worker_died(self, exit_code: int) -> None:
        """Say calmly that the training process is gone, and what is kept."""
        self._queue_goes_on = False
        why = "was ended by the system" if exit_code < 0 else f"ended with status {exit_code}"
        self._end(
            "Interrupted",
            f"The training process {why}, perhaps for lack of memory. The data set, what was "
            "prepared and the run up to its last checkpoint are kept.",
        )

    # --- the project as it is now ---------------------------------------------------------

    def _on_read(self, snapshot: RunsSnapshot) -> None:
        assert self._project is not None, "it has just been read"
        self._snapshot, self._is_stale = snapshot, False
        self.runs.show_snapshot(self._project, snapshot)
        self.plan.form.set_classes(snapshot.class_names)
        self._update()
        self._ask()
        self._offer_resume()
        self._start_next()

    def _offer_resume(self) -> None:
        """After a crash, a power cut or a restart the last run goes on with one click."""
        last = self._snapshot.last
        is_new = last is not None and last.id != self._offered
        if self._can_start and last is not None and is_new and last.status == "interrupted":
            self._offered = last.id
            text = self.message.text if self.message.kind == "Interrupted" else _INTERRUPTED
            left = self._time_left()
            self.message.say(
                "Interrupted",
                f"{text} {left.capitalize()}." if left else text,
                "Resume",
                lambda: self._resume(last),
            )

    def _time_left(self) -> str:
        """Of the last run, where that is known: such as ``about 12 min left``."""
        outlook, rows = self._forecast.last, self._snapshot.rows
        left = rows[0].left_s if rows else None
        if left is None and outlook is not None and outlook.cost is not None:
            left = outlook.cost.seconds.value
        return "" if left is None else f"{about(left)} left"

    @property
    def _can_start(self) -> bool:
        project = self._project
        free = self._state is _State.IDLE and not self._engine_busy
        return free and project is not None and self._has_images and not project.read_only

    @property
    def _needs(self) -> str:
        if self._project is None or not self._has_images:
            return _IMPORT_FIRST
        read_only = "Read-only: train in the window that has the project."
        return read_only if self._project.read_only else ""

    def _update(self) -> None:
        last = self._snapshot.last
        running = self._state is not _State.IDLE
        may_queue = running and self._has_images
        self.plan.start.setText("Add to queue" if running else "Start")
        self.plan.start.setAccessibleName(self.plan.start.text())
        self.plan.start.setEnabled(self._can_start or may_queue)
        left = self._time_left()
        self.plan.resume.setText(f"Resume last run ({left})" if left else "Resume last run")
        self.plan.resume.setAccessibleName(self.plan.resume.text())
        self.plan.resume.setVisible(self._can_start and last is not None and last.resumable)
        self.plan.needs.setText(self._needs)
        self.plan.needs.setVisible(bool(self.plan.needs.text()))
        self.live.set_running(running, self._state is _State.PAUSED)
        self.live.queue.show_queue(self._snapshot.queue, self._forecast.queue, idle=self._can_start)
        self.runs.set_can_start(self._can_start)
        number = len(self._snapshot.rows)
        self.tabs.setTabText(2, f"Runs ({number})" if number else "Runs")

    def _on_tab_changed(self) -> None:
        """Figures of the test set are counted as looked at when their table is opened."""
        self.questions.ask()
        shown = sum(row.figure("test", "auc") is not None for row in self._snapshot.rows)
        may_write = self._project is not None and not self._project.read_only
        if self.tabs.currentWidget() is self.runs and shown and may_write:
            self._desk.change(lambda p: p.record_test_look(f"table of {count_of(shown, 'run')}"))

    def _ask(self) -> None:
        """Ask what the settings on screen and the runs that wait will take."""
        self.questions.set_busy(self._engine_busy or self._state is not _State.IDLE)
        self.questions.ask()
        if not self.isVisible():
            return
        first = self._snapshot.rows[0] if self._snapshot.rows else None
        unknown = first is not None and first.record.resumable and first.left_s is None
        last = self._snapshot.last if self._can_start and unknown else None
        self.questions.ask_about(self._snapshot.queue, last)

    # --- a run begins and ends ------------------------------------------------------------

    def _on_start(self) -> None:
        assert self._project is not None, "Start is enabled with a project alone"
        request = self.plan.form.request(self._project.path)
        if self._state is _State.IDLE:
            self._begin(request)
        else:
            self._queue_goes_on = True
            self._desk.change(lambda p: _enqueue(p, request))

    def _on_resume_last(self) -> None:
        if self._snapshot.last is not None:
            self._resume(self._snapshot.last)

    def _resume(self, run: RunRecord) -> None:
        if self._project is not None and self._can_start:
            self._begin(TrainRequest(PrepareRequest(self._project.path), resume=run.id))

    def _on_start_queue(self) -> None:
        self._queue_goes_on = True
        self._start_next()

    def _start_next(self) -> None:
        """Begin with the first run that waits, where the queue was started."""
        if not self._queue_goes_on or not self._can_start or self._is_stale:
            return
        if not self._snapshot.queue:
            return
        assert self._project is not None, "a queue has a project"
        first = self._snapshot.queue[0]
        if self._request is not None and self._request.queued == first.id:
            self._queue_goes_on = False  # it failed before it was a run: others might, too
            return
        try:
            self._begin(queued_request(first, self._project.path))
        except FptError as error:
            self._queue_goes_on = False
            self.message.say("Not started", str(error))

    def _begin(self, request: TrainRequest) -> None:
        self._state, self._discards, self._is_heard_of = _State.RUNNING, False, False
        self._request, self._run_id, self._offered = request, request.resume, None
        self.message.hide()
        self.live.begin(self._estimate_of(request))
        self._update()
        self.tabs.setCurrentWidget(self.live)
        self._ask()
        self.running_changed.emit(True)
        self.train_wanted.emit(request)

    def _estimate_of(self, request: TrainRequest) -> Estimate | None:
        """What was estimated for just these settings."""
        same = self._project is not None and request == self.plan.form.request(self._project.path)
        return self.plan.estimate.estimate if same else None

    def _on_pause(self) -> None:
        paused = self._state is _State.PAUSED
        self._state = _State.RUNNING if paused else _State.PAUSED
        (self.continue_wanted if paused else self.pause_wanted).emit()
        self._update()

    def _on_stop(self, *, discard: bool) -> None:
        self._discards, self._queue_goes_on = discard, False
        self.live.show_stopping()
        self.stop_wanted.emit()

    def _on_finished(self, event: Finished) -> None:
        result = event.result
        if "metrics" not in result:
            self._end("Done", "")
            return
        test = result["metrics"]["test"]
        text = "not measurable" if test["auc"] is None else f"{test['auc']:.3f}"
        model = Path(result["model"])
        self._end(
            "Done",
            f"Test AUC {text} on {test['images']} images. The model file is {model.name} in run "
            f"{result['run']}.",
        )
        self.message.say(
            "Done",
            self.message.text,
            "Review with this model",
            lambda: self.review_wanted.emit(model),
        )

    def _on_stopped(self) -> None:
        if not self._discards:
            text = "The run is kept and can go on where it was; its best model can be used."
            self._end("Stopped", text)
            return
        self._end("Discarded", "The run is in the trash.")
        known = {row.record.id for row in self._snapshot.rows}
        stopped = self._run_id
        self._desk.change(lambda p: _discard(p, stopped, known))

    def _end(self, kind: str, text: str) -> None:
        self._state, self._is_stale = _State.IDLE, True
        self.message.say(kind, text)
        self._desk.open(self._project)
        self._update()
        self.running_changed.emit(False)
        self.run_ended.emit(kind, text)

    # --- runs of the past -----------------------------------------------------------------

    def _on_again_wanted(self, run: RunRecord) -> None:
        assert self._project is not None, "a run has a project"
        try:
            request, _ = from_settings(run.settings, self._project.path)
        except FptError as error:
            self.message.say("Not possible", str(error))
            return
        self.plan.form.show_request(request)
        self.tabs.setCurrentWidget(self.plan)

    def _on_trash_wanted(self, run_ids: Sequence[str]) -> None:
        self._desk.change(lambda p: _trash(p, run_ids))
        self.message.say(
            "Deleted",
            f"{count_of(len(run_ids), 'run')} put into the trash.",
            "Undo",
            lambda: self._desk.change(lambda p: _restore(p, run_ids)),
        )


def _enqueue(project: Project, request: TrainRequest) -> None:
    project.enqueue(to_settings(request, project.recipe()))


def _trash(project: Project, run_ids: Sequence[str]) -> None:
    for run in run_ids:
        project.trash_run(run)


def _restore(project: Project, run_ids: Sequence[str]) -> None:
    for run in run_ids:
        project.restore_run(run)


def _discard(project: Project, run_id: str | None, known: set[str]) -> None:
    """Trash the run; one that was stopped while preparing is the one that was not known."""
    new = [run.id for run in project.runs() if run.id not in known]
    for run in [run_id] if run_id is not None else new[:1]:
        project.trash_run(run)
