"""Many images at once: progress, the table that fills, its filter, and ways to hand it on."""

from __future__ import annotations

import tempfile
from collections import deque
from collections.abc import Callable, Generator, Sequence
from pathlib import Path

from PySide6.QtCore import QSignalBlocker, QTimer, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from app.engine.engine_thread import EngineThread
from app.review_panel.queue.export_dialog import ExportChoice, ask_for_export
from app.review_panel.queue.queue_bar import QueueBar
from app.review_panel.queue.queue_table import THUMBNAIL_PX, QueueTable
from app.review_panel.queue.queue_view import QueueView
from app.review_panel.series_rules import make_rule_choice
from app.widgets.ask import ask
from app.widgets.background import BackgroundReader
from app.widgets.button import make_button
from app.widgets.choice import choose, make_choice, offer
from app.widgets.message_bar import MessageBar
from app.widgets.thumbnail_source import ThumbnailSource
from fpt_core.answers.answer_file import AnswerFile, Counts, FrameAnswers, Which
from fpt_core.answers.series_rule import SeriesRule
from fpt_core.errors import FptError
from fpt_core.events import Event, Failed, Finished, Progress, Stopped, Warned
from fpt_core.jobs.found_images import FoundImages, as_series, find_images
from fpt_core.jobs.requests import HandOnRequest, QueueRequest

_REFRESH_MS = 500
_ASKED_FROM = 20_000
"""A drop of more images was perhaps a mistake."""
_MOST_SLICES = 500
"""The headers of more DICOM files are read by the process that answers, not by the window's."""


class QueuePage(QWidget):
    """Hidden until there is a queue. Its images are answered in a process of their own.

    The answers lie in a folder of this session's, which goes when the window does: they name
    the user's files.

    Args:
        model: The model file in use; ``None``: none is chosen.

    Signals:
        image_chosen(path, answer): A row was chosen; the answer is ``None`` where it waits.
        series_found(path): What was given is one series; it is no queue.
        rule_changed(rule): Another rule was chosen for frames and slices.
    """

    image_chosen = Signal(object, object)
    series_found = Signal(object)
    rule_changed = Signal(object)

    def __init__(self, model: Callable[[], Path | None], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("queuePage")
        self._model = model
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._answers: AnswerFile | None = None
        self._asked_with: Path | None = None
        self._given: list[Path] = []
        self._jobs: deque[tuple[Path, ...] | None] = deque()
        """What each job that has not ended was given; ``None``: an export."""
        self._is_restarting = False
        self._pasted = 0
        self._export_notes = 0
        self._engine = EngineThread("queue", self)
        self._engine.event_received.connect(self._on_event)
        self._engine.worker_died.connect(self._on_died)
        self._counter = BackgroundReader(1, self)
        self._counter.done.connect(self._on_looked)
        self._thumbnails = ThumbnailSource(THUMBNAIL_PX * 2, self)
        self.table = QueueTable(self._thumbnails, self)
        self.view = QueueView(self.table)
        self.view.row_chosen.connect(self._on_row_chosen)
        self._refresh = QTimer(self, singleShot=True, interval=_REFRESH_MS)
        self._refresh.timeout.connect(self._on_refresh_due)
        self._build()
        self.hide()

    @property
    def is_busy(self) -> bool:
        """Whether images are being answered or handed on."""
        return self._engine.busy

    # --- what is asked for --------------------------------------------------------------

    def add(self, paths: Sequence[Path]) -> None:
        """Answer files, folders and archives; very many are asked about first."""
        self.show()
        self.bar.begin("Looking for images…")
        wanted, folder = tuple(paths), self._session
        self._counter.start(wanted, lambda: _look(wanted, folder))

    def add_picture(self, picture: QImage) -> Path:
        """Keep a picture that has no file for this session, and return the file it has now."""
        self._pasted += 1
        path = self._session / f"pasted {self._pasted}.png"
        picture.save(str(path))
        return path

    def ask_again(self) -> None:
        """Go on with what waits; with another model all is answered anew."""
        if self._answers is not None and self._model() is not None:
            self._submit(())

    def use_model(self) -> bool:
        """Answer anew where the model in use is another one; says whether it is."""
        if self._answers is None and not self._given:
            return False
        if self._model() in (None, self._asked_with):
            return False
        self._begin_again()
        return True

    def set_rule(self, rule: SeriesRule) -> None:
        """Answer files of several frames by another rule; no frame is asked about again."""
        if rule != self._rules.currentData():
            with QSignalBlocker(self._rules):
                choose(self._rules, rule)
            self._on_rule_chosen()

    def chosen_frames(self) -> FrameAnswers | None:
        """The answers to all frames of the row that is chosen, where it has several."""
        row = self.view.currentIndex().row()
        if self._answers is None or row < 0:
            return None
        return self._answers.frame_answers(self.table.image(row).number)

    def next_image(self) -> tuple[Path, int] | None:
        """What the row after the one that is chosen would show."""
        row = self.view.currentIndex().row() + 1
        if not 0 < row < len(self.table.numbers):
            return None
        image = self.table.image(row)
        return image.path, image.frame

    def hand_on(self, choice: ExportChoice) -> None:
        """Write what was chosen of the images that the table shows."""
        assert self._answers is not None, "the table has a file"
        assert self._asked_with is not None, "it was filled by a model"
        self._export_notes = 0
        for suffix, wanted in ((".csv", choice.csv), (".xlsx", choice.xlsx)):
            if wanted:
                self._export(choice, f"answers{suffix}")
        if choice.overlays or choice.copies:
            self._export(choice, None)
        self._exported_to = choice.folder
        self.bar.begin("Exporting…")

    def _export(self, choice: ExportChoice, table: str | None) -> None:
        assert self._answers is not None
        assert self._asked_with is not None
        images = table is None
        request = HandOnRequest(
            self._answers.path,
            self._asked_with,
            self.table.numbers,
            None if table is None else choice.folder / table,
            choice.folder / "overlays" if images and choice.overlays else None,
            choice.folder / "by class" if images and choice.copies else None,
            all_names=choice.all_names,
        )
        self._jobs.append(None)
        self._engine.submit(request)

    def close_readers(self) -> None:
        """End what runs, and forget the session's answers."""
        self._refresh.stop()
        self._counter.close()
        self._thumbnails.close()
        if self._engine.isRunning():
            self._engine.shutdown()
        self.table.show_answers(None)
        if self._answers is not None:
            self._answers.close()
            self._answers = None
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None

    # --- events -------------------------------------------------------------------------

    def _on_looked(self, paths: tuple[Path, ...], found: int | Path | FptError) -> None:
        if isinstance(found, FptError):
            self._say_ended()
            self.message.say("Not added", str(found))
            return
        if isinstance(found, Path):
            self._say_ended()
            self.setVisible(bool(self.table.numbers))
            self.series_found.emit(found)
            return
        if found >= _ASKED_FROM and not ask(
            self,
            "Very many images",
            f"Answer {found:,} images?",
            "That may take hours. What is answered can be looked at meanwhile, and it can be "
            "stopped at any time.",
            "Answer them",
        ):
            self._say_ended()
            return
        if self._model() is None:
            self._given += paths
            self._say_ended()
            self.message.say("Waiting", "Choose a model: the images are answered then.")
            return
        self._submit(paths)

    def _submit(self, paths: tuple[Path, ...]) -> None:
        model = self._model()
        assert model is not None, "it was asked for"
        if self._answers is None:
            self._answers = AnswerFile(self._session / "answers.sqlite")
            self.table.show_answers(self._answers)
        if not self._engine.isRunning():
            self._engine.start()
        self.message.hide()
        paths, self._given = (*self._given, *paths), []
        self._asked_with = model
        self._jobs.append(paths)
        rule: SeriesRule = self._rules.currentData()
        self._engine.submit(QueueRequest(model, self._answers.path, paths, rule))
        self.bar.begin("Starting…")

    def _begin_again(self) -> None:
        """End what is done, and answer all that waits as is wanted now."""
        self._is_restarting = self._engine.busy
        self._engine.stop()
        self._take_back(len(self._jobs))
        self._submit(())

    def _take_back(self, jobs: int) -> None:
        """What so many jobs were given has perhaps not been listed yet: the next one does."""
        for _ in range(min(jobs, len(self._jobs))):
            self._given += self._jobs.popleft() or ()

    def _on_event(self, event: Event) -> None:
        match event:
            case Progress():
                self.bar.show_progress(event)
                if not self._refresh.isActive():
                    self._refresh.start()
            case Finished() if "failed" not in event.result and not self._engine.busy:
                self._say_exported()
            case Warned():
                self._export_notes += 1
            case Failed():
                self._say_ended()
                self.message.say(
                    "Stopped", f"{event.message} {event.remedy}", "Try again", self.ask_again
                )
        if isinstance(event, Finished | Stopped | Failed):
            self._on_ended(event)
            self._say_ended()

    def _on_ended(self, event: Finished | Stopped | Failed) -> None:
        """A stop ends what waits too, a failure the one job."""
        if isinstance(event, Finished):
            if self._jobs:
                self._jobs.popleft()
        elif isinstance(event, Failed):
            self._take_back(1)
        elif not self._is_restarting:
            self._take_back(len(self._jobs))
        self._is_restarting = False

    def _on_died(self, _exit_code: int) -> None:
        self._take_back(len(self._jobs))
        self._say_ended()
        self.message.say(
            "Stopped",
            "The process that answers was ended by the system, perhaps for lack of memory. "
            "What it answered is kept.",
            "Go on",
            self.ask_again,
        )

    def _say_exported(self) -> None:
        missing = f" {self._export_notes} images could not be read." if self._export_notes else ""
        self.message.say("Exported", f"The export lies in {self._exported_to}.{missing}")

    def _on_refresh_due(self) -> None:
        self.table.refresh()
        self._say_counts()

    def _say_ended(self) -> None:
        self.bar.end()
        self._on_refresh_due()

    def _say_counts(self) -> None:
        if self._answers is None:
            return
        counts = self._answers.counts()
        self._count_text.setText(_words(counts, len(self.table.numbers)))
        self._export_button.setEnabled(counts.images > counts.waiting and not self._engine.busy)
        waits = counts.waiting > 0 or bool(self._given)
        self._go_on.setVisible(waits and not self._engine.busy and self._model() is not None)
        self._rules.setVisible(counts.of_frames > 0)
        names = self._answers.class_names()
        if [*self._classes()] != [*names]:
            offer(self._shown, [*_WHICH, *((name, name) for name in names)])

    def _classes(self) -> list[str]:
        return [self._shown.itemText(row) for row in range(len(_WHICH), self._shown.count())]

    def _on_row_chosen(self, row: int) -> None:
        assert self._answers is not None, "rows have a file"
        image = self.table.image(row)
        self.image_chosen.emit(image.path, self._answers.answer(image.number))

    def _on_filter(self) -> None:
        chosen = self._shown.currentData()
        is_class = isinstance(chosen, str)
        self.table.look_for(
            Which.ALL if is_class else chosen,
            chosen if is_class else None,
            tuple(self._search.text().split()),
        )
        self._say_counts()

    def _on_rule_chosen(self) -> None:
        if self._answers is not None and self._model() is not None:
            self._begin_again()
        self.rule_changed.emit(self._rules.currentData())

    def _on_export(self) -> None:
        choice = ask_for_export(len(self.table.numbers), self)
        if choice is not None:
            self.hand_on(choice)

    @property
    def _session(self) -> Path:
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="fpt-review-")
        return Path(self._folder.name)

    # --- construction -------------------------------------------------------------------

    def _build(self) -> None:
        self.message = MessageBar("queueMessage")
        self.bar = QueueBar()
        self.bar.stop_wanted.connect(self._engine.stop)
        self._search = QLineEdit()
        self._search.setObjectName("queueSearch")
        self._search.setAccessibleName("Search the queue")
        self._search.setPlaceholderText("Search names and answers")
        self._search.setClearButtonEnabled(True)
        self._search.textChanged.connect(self._on_filter)
        self._shown = make_choice("queueShown", "Which images to show", _WHICH)
        self._shown.currentIndexChanged.connect(self._on_filter)
        self._rules = make_rule_choice("queueRule")
        self._rules.currentIndexChanged.connect(self._on_rule_chosen)
        self._rules.hide()
        self._count_text = QLabel()
        self._count_text.setObjectName("queueCounts")
        self._count_text.setProperty("role", "hint")
        self._go_on = make_button("queueGoOn", "Go on", self.ask_again)
        self._go_on.hide()
        self._export_button = make_button("queueExport", "Export…", self._on_export)
        self._export_button.setEnabled(False)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self._search, stretch=1)
        row.addWidget(self._shown)
        row.addWidget(self._rules)
        row.addWidget(self._count_text)
        row.addWidget(self._go_on)
        row.addWidget(self._export_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 8, 0, 0)
        layout.setSpacing(6)
        layout.addWidget(self.message)
        layout.addLayout(row)
        layout.addWidget(self.bar)
        layout.addWidget(self.view, stretch=1)


_WHICH = tuple((which.value, which) for which in Which)


def _words(counts: Counts, shown: int) -> str:
    parts = [f"{counts.images:,} images"]
    if shown != counts.images:
        parts = [f"{shown:,} of {counts.images:,}"]
    for number, word in (
        (counts.unlike, "unlike training"),
        (counts.uncertain, "uncertain"),
        (counts.refused, "not answered"),
    ):
        if number:
            parts.append(f"{number:,} {word}")
    return " · ".join(parts)


def _look(paths: tuple[Path, ...], folder: Path) -> int | Path:
    """How many images were given, or the one series that they are, as a stack."""
    found = _returned(find_images([path for path in paths if path.exists()]))
    number = len(found.images) + len(found.left_out)
    if 1 < number <= _MOST_SLICES and number == len(found.dicom):
        found = _returned(as_series(found, folder / "series"))
        if len(found.images) == 1:
            return found.images[0][0]
    return number


def _returned(listing: Generator[Progress, None, FoundImages]) -> FoundImages:
    while True:
        try:
            next(listing)
        except StopIteration as end:
            found: FoundImages = end.value
            return found
