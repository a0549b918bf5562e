"""A run while it trains, and after."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QListWidget,
    QProgressBar,
    QVBoxLayout,
    QWidget,
)

from app.theme import Colours
from app.training_panel.queue_box import QueueBox
from app.training_panel.run_charts import RunCharts
from app.training_panel.words import duration, method_name, size_text
from app.widgets.button import make_button
from app.widgets.elided_label import ElidedLabel
from fpt_core.events import EpochCompleted, Event, Progress, RunStarted, StepCompleted, Warned
from fpt_core.jobs.estimates import Estimate

_NOTES_HEIGHT_PX = 48
_MOST_NOTES = 200
_NOTHING = "No run yet. Press Start on the page New run."


class LivePage(QWidget):
    """Charts, progress, notes and the queue.

    Signals:
        pause_wanted(), stop_wanted(), discard_wanted(): For the run in progress.
    """

    pause_wanted = Signal()
    stop_wanted = Signal()
    discard_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.charts = RunCharts()
        self.queue = QueueBox()
        self.pause = make_button("pauseTraining", "Pause", self.pause_wanted.emit)
        self.stop = make_button("stopTraining", "Stop and keep", self.stop_wanted.emit)
        self.discard = make_button("discardTraining", "Stop and discard", self.discard_wanted.emit)
        self._estimate: Estimate | None = None
        self._first = 0
        self._learnable = self._so_far = ""
        self._build_labels()
        self._lay_out()

    def _build_labels(self) -> None:
        self._facts = ElidedLabel("trainingFacts")
        self._facts.setProperty("role", "heading")
        self._facts.set_whole_text(_NOTHING)
        self._status = QLabel()
        self._status.setObjectName("trainingStatus")
        self._progress = QProgressBar()
        self._progress.setObjectName("trainingProgress")
        self._progress.setAccessibleName("Progress of the run")
        self._progress.hide()
        self.notes = QListWidget()
        self.notes.setObjectName("trainingNotes")
        self.notes.setAccessibleName("Notes on this run")
        self.notes.setWordWrap(True)
        self.notes.setMaximumHeight(_NOTES_HEIGHT_PX)
        self.notes.hide()
        self._banner = QLabel(
            "The backbone has random weights: this run shows that the program works, "
            "not how well it works. Choose pretrained weights for real answers."
        )
        self._banner.setObjectName("randomBanner")
        self._banner.setWordWrap(True)
        self._banner.hide()

    def _lay_out(self) -> None:
        texts = QVBoxLayout()
        texts.setSpacing(2)
        texts.addWidget(self._facts)
        texts.addWidget(self._status)
        top = QHBoxLayout()
        top.addLayout(texts, stretch=1)
        for button in (self.pause, self.stop, self.discard):
            top.addWidget(button)
        left = QVBoxLayout()
        left.setSpacing(8)
        left.addLayout(top)
        for widget in (self._progress, self._banner):
            left.addWidget(widget)
        left.addWidget(self.charts, stretch=1)
        left.addWidget(self.notes)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 12, 12, 12)
        layout.setSpacing(16)
        layout.addLayout(left, stretch=1)
        layout.addWidget(self.queue)

    def begin(self, estimate: Estimate | None) -> None:
        """A run was asked for; ``estimate`` is of its settings, where there is one."""
        self._estimate = estimate
        self.charts.clear()
        self.notes.clear()
        self.notes.hide()
        self._facts.set_whole_text("Starting…")
        self._learnable = self._so_far = ""
        self._status.setText("")
        self.show_busy("Starting…")

    def set_running(self, running: bool, paused: bool) -> None:
        """Which buttons there are."""
        for button in (self.pause, self.stop, self.discard):
            button.setVisible(running)
            button.setEnabled(running)
        self.pause.setText("Continue" if paused else "Pause")
        self.pause.setAccessibleName(self.pause.text())
        if not running:
            self._progress.hide()
            self._status.setText(" · ".join(filter(None, (self._learnable, self._so_far))))

    def show_stopping(self) -> None:
        """The run was asked to stop, which it does after its step."""
        self.show_busy("Stopping after this step…")
        for button in (self.pause, self.stop, self.discard):
            button.setEnabled(False)

    def show_event(self, event: Event) -> None:
        """Show an event of the run in progress."""
        match event:
            case Progress():
                self._show_progress(event.done, event.total, f"{event.stage}: %v of %m")
                if not self._learnable:
                    self._facts.set_whole_text(f"{event.stage}…")
            case Warned():
                self.note(f"{event.message} {event.remedy}")
            case RunStarted():
                self._on_run_started(event)
            case StepCompleted():
                self._on_step_completed(event)
            case EpochCompleted():
                self.charts.add_epoch(event)

    def note(self, text: str) -> None:
        """Keep a sentence in view until the next run."""
        self.notes.addItem(text.strip())
        if self.notes.count() > _MOST_NOTES:
            self.notes.takeItem(0)
        self.notes.scrollToBottom()
        self.notes.show()

    def set_colours(self, colours: Colours) -> None:
        """Draw in the theme's colours."""
        self.charts.set_colours(colours)

    def show_busy(self, text: str) -> None:
        """Something goes on whose length is not known."""
        self._show_progress(0, 0, text)

    def _on_run_started(self, event: RunStarted) -> None:
        self._first = event.first_step
        share = event.trainable_parameters / event.total_parameters
        self._facts.set_whole_text(f"{method_name(event.method)} on {event.backbone}")
        self._learnable = f"{event.trainable_parameters:,} learnable parameters ({share:.2%})"
        self._status.setText(self._learnable)
        self._banner.setVisible(not event.pretrained)
        self.charts.begin(event, self._estimate)

    def _on_step_completed(self, event: StepCompleted) -> None:
        self.charts.add_step(event)
        left = (event.total_steps - event.step) * event.elapsed_s / max(1, event.step - self._first)
        self._so_far = f"Epoch {event.epoch} · step {event.step:,} of {event.total_steps:,}"
        # In the bar, as a label would lay the page out anew at every step.
        self._show_progress(
            event.step,
            event.total_steps,
            f"{self._so_far} · {event.images_per_s:,.0f} images/s · "
            f"{size_text(event.memory_bytes)} in use · about {duration(left)} left",
        )

    def _show_progress(self, done: int, total: int, text: str) -> None:
        self._progress.setFormat(text)
        self._progress.setMaximum(total)
        self._progress.setValue(done)
        self._progress.show()
