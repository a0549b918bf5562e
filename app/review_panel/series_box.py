"""Answers all frames of the file on screen, draws them as a curve, and answers the series."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.review_panel.frame_curve import FrameCurve
from app.review_panel.series_rules import make_rule_choice
from app.widgets.button import make_button
from app.widgets.choice import choose
from fpt_core.answers.answer_file import FrameAnswers
from fpt_core.answers.series_rule import SeriesRule
from fpt_core.events import Event, Failed, Finished, FrameAnswered, PredictionFailed, Stopped
from fpt_core.jobs.requests import FramesRequest

_AT_ONCE = 8
"""Frames asked for together: whatever else is asked meanwhile is answered between two lots."""
_START, _STOP = "Answer all frames", "Stop"


class SeriesBox(QWidget):
    """Hidden while the file on screen has a single frame.

    Signals:
        frames_wanted(request): Answer all frames.
        stop_wanted(): Leave the frames that are not answered yet.
        frame_chosen(frame): Show this one.
        rule_changed(rule): Another rule was chosen.
    """

    frames_wanted = Signal(object)
    stop_wanted = Signal()
    frame_chosen = Signal(int)
    rule_changed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("seriesBox")
        self._model: Path | None = None
        self._path: Path | None = None
        self._running = self._ending = False
        self._failed = 0
        self._class_names: tuple[str, ...] = ()
        self._answers: dict[int, tuple[float, ...]] = {}
        self._frames = self._wanted = 0
        self.button = make_button("answerFrames", _START, self.toggle)
        self.rules = make_rule_choice("seriesRule")
        self.rules.currentIndexChanged.connect(self._on_rule_chosen)
        self.text = QLabel()
        self.text.setObjectName("seriesAnswer")
        self.text.setWordWrap(True)
        self.curve = FrameCurve()
        self.curve.frame_chosen.connect(self.frame_chosen)
        self.curve.hide()
        row = QHBoxLayout()
        row.addWidget(self.button)
        row.addWidget(self.rules)
        row.addWidget(self.text, stretch=1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(row)
        layout.addWidget(self.curve)
        self.hide()

    @property
    def rule(self) -> SeriesRule:
        """How the frames answer for the series."""
        rule: SeriesRule = self.rules.currentData()
        return rule

    def set_rule(self, rule: SeriesRule) -> None:
        """Let the frames answer by this rule."""
        if rule != self.rule:
            with QSignalBlocker(self.rules):
                choose(self.rules, rule)
            self._on_rule_chosen()

    def show_file(self, path: Path | None, model: Path | None) -> None:
        """Forget the answers of another file or model."""
        if (path, model) == (self._path, self._model):
            return
        self._stop()
        self._path, self._model = path, model
        self._forget()
        self.text.clear()
        self.hide()

    def show_known(self, class_names: tuple[str, ...], known: FrameAnswers) -> None:
        """Show answers that were given already."""
        self._forget()
        self._frames, self._failed = known.frames, known.frames - len(known.answered)
        for frame, probabilities in known.answered.items():
            event = FrameAnswered("", frame, known.frames, class_names, probabilities)
            self._draw(event)
        self._say()

    def show_frame(self, frame: int, frames: int) -> None:
        """Follow the frame on screen."""
        self.setVisible(frames > 1)
        self._update_button()
        self.curve.mark(frame)

    def toggle(self) -> None:
        """Answer all frames, or stop."""
        if self._running:
            self._stop()
        elif self._path is not None and self._model is not None:
            self._forget()
            self._set_running(True)
            self.text.setText("Opening the file…")
            self._want_frames()

    def show_event(self, event: Event) -> None:
        """Show an event of the process that answers."""
        match event:
            case FrameAnswered() if event.path == str(self._path) and self._running:
                self._add(event)
            case PredictionFailed() if event.path == str(self._path) and self._running:
                self._failed += 1
            case Finished() if self._running and "rule" in event.result:
                self._on_lot_answered()
            case Stopped() | Failed() if self._running:
                self._set_running(False)
            case Stopped() | Failed() | Finished() if self._ending:
                self._ending = False
                self._update_button()

    def show_worker_died(self) -> None:
        """What was answered stays; the rest can be asked for again."""
        self._ending = False
        self._set_running(False)

    def _want_frames(self) -> None:
        assert self._path is not None, "a file is on screen"
        assert self._model is not None, "the button is off without one"
        first, self._wanted = self._wanted, self._wanted + _AT_ONCE
        request = FramesRequest(self._model, self._path, self.rule, first=first, most=_AT_ONCE)
        self.frames_wanted.emit(request)

    def _on_lot_answered(self) -> None:
        if self._wanted < self._frames:
            self._want_frames()
        else:
            self._set_running(False)

    def _forget(self) -> None:
        self._answers, self._frames, self._failed, self._wanted = {}, 0, 0, 0
        self.curve.hide()

    def _add(self, event: FrameAnswered) -> None:
        self._draw(event)
        self._say()

    def _draw(self, event: FrameAnswered) -> None:
        if not self._answers:
            self._class_names, self._frames = event.class_names, event.frames
            self.curve.begin(event.class_names, event.frames)
            self.curve.show()
        self._answers[event.frame] = event.probabilities
        for name, probability in zip(event.class_names, event.probabilities, strict=True):
            self.curve.append(name, event.frame + 1, probability)

    def _on_rule_chosen(self) -> None:
        self._say()
        self.rule_changed.emit(self.rule)

    def _stop(self) -> None:
        if self._running:
            # The next job begins when this one has ended, lest its end be taken for the next's.
            self._ending = True
            self._set_running(False)
            self.stop_wanted.emit()

    def _set_running(self, running: bool) -> None:
        self._running = running
        self._update_button()
        self._say()

    def _update_button(self) -> None:
        self.button.setText(_STOP if self._running else _START)
        self.button.setAccessibleName(self.button.text())
        self.button.setEnabled(self._model is not None and not self._ending)

    def _say(self) -> None:
        """The series' answer by the rule, and of how many frames it is."""
        if not self._answers:
            self.text.clear()
            return
        answer = self.rule.answer([*self._answers.values()])
        best = max(range(len(answer)), key=answer.__getitem__)
        unread = f", {self._failed} could not be read" if self._failed else ""
        self.text.setText(
            f"{self._class_names[best]} {answer[best]:.1%}: {self.rule.words} "
            f"({len(self._answers)} of {self._frames} answered{unread})"
        )
