"""Many images at once: progress, the table that fills, its filter, and ways to hand it on."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from app.engine.engine_thread import EngineThread
from app.review_panel.queue.export_dialog import ExportChoice, ask_for_export
from app.review_panel.queue.queue_bar import QueueBar
from app.review_panel.queue.queue_table import THUMBNAIL_PX, QueueTable
from app.review_panel.queue.queue_view import QueueView
from app.widgets.ask import ask
from app.widgets.background import BackgroundReader
from app.widgets.button import make_button
from app.widgets.choice import make_choice, offer
from app.widgets.message_bar import MessageBar
from app.widgets.thumbnail_source import ThumbnailSource
from fpt_core.answers.answer_file import AnswerFile, Counts, Which
from fpt_core.errors import FptError
from fpt_core.events import Event, Failed, Finished, Progress, Stopped, Warned
from fpt_core.jobs.found_images import find_images
from fpt_core.jobs.requests import HandOnRequest, QueueRequest

_REFRESH_MS = 500
_ASKED_FROM = 20_000
"""A drop of more images was perhaps a mistake."""


class QueuePage(QWidget):
    """Hidden until there is a queue. Its images are answered in a process of their own.

    The answers lie in a folder of this session's, which goes when the window does: they name
    the user's files.

    Args:
        model: The model file in use; ``None``: none is chosen.

    Signals:
        image_chosen(path, answer): A row was chosen; the answer is ``None`` where it waits.
    """

    image_chosen = Signal(object, object)

    def __init__(self, model: Callable[[], Path | None], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("queuePage")
        self._model = model
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._answers: AnswerFile | None = None
        self._asked_with: Path | None = None
        self._given: list[Path] = []
        self._pasted = 0
        self._export_notes = 0
        self._engine = EngineThread("queue", self)
        self._engine.event_received.connect(self._on_event)
        self._engine.worker_died.connect(self._on_died)
        self._counter = BackgroundReader(1, self)
        self._counter.done.connect(self._on_counted)
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
        wanted = tuple(paths)
        self._counter.start(wanted, lambda: _count(wanted))

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
        self._engine.stop()
        self._submit(())
        return True

    def hand_on(self, choice: ExportChoice) -> None:
        """Write what was chosen of the images that the table shows."""
        assert self._answers is not None, "the table has a file"
        assert self._asked_with is not None, "it was filled by a model"
        self._export_notes = 0
        for suffix, wanted in ((".csv", choice.csv), (".xlsx", choice.xlsx)):
            if wanted:
                self._engine.submit(self._hand_on_request(choice, f"answers{suffix}"))
        if choice.overlays or choice.copies:
            self._engine.submit(self._hand_on_request(choice, None))
        self._exported_to = choice.folder
        self.bar.begin("Exporting…")

    def _hand_on_request(self, choice: ExportChoice, table: str | None) -> HandOnRequest:
        assert self._answers is not None
        assert self._asked_with is not None
        images = table is None
        return HandOnRequest(
            self._answers.path,
            self._asked_with,
            self.table.numbers,
            None if table is None else choice.folder / table,
            choice.folder / "overlays" if images and choice.overlays else None,
            choice.folder / "by class" if images and choice.copies else None,
            all_names=choice.all_names,
        )

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

    def _on_counted(self, paths: tuple[Path, ...], found: int | FptError) -> None:
        if isinstance(found, FptError):
            self._say_ended()
            self.message.say("Not added", str(found))
            return
        if found >= _ASKED_FROM and not ask(
            self,
            "Very many images",
            f"Answer {found:,} images?" if found < 2 * _ASKED_FROM else f"{found:,} images?",
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
        self._engine.submit(QueueRequest(model, self._answers.path, paths))
        self.bar.begin("Starting…")

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
            self._say_ended()

    def _on_died(self, _exit_code: int) -> None:
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
        self._export.setEnabled(counts.images > counts.waiting and not self._engine.busy)
        self._go_on.setVisible(counts.waiting > 0 and not self._engine.busy)
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
        self._count_text = QLabel()
        self._count_text.setObjectName("queueCounts")
        self._count_text.setProperty("role", "hint")
        self._go_on = make_button("queueGoOn", "Go on", self.ask_again)
        self._go_on.hide()
        self._export = make_button("queueExport", "Export…", self._on_export)
        self._export.setEnabled(False)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self._search, stretch=1)
        row.addWidget(self._shown)
        row.addWidget(self._count_text)
        row.addWidget(self._go_on)
        row.addWidget(self._export)
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


def _count(paths: tuple[Path, ...]) -> int:
    """How many images were given, without opening any whose name tells its kind."""
    listing = find_images([path for path in paths if path.exists()])
    while True:
        try:
            next(listing)
        except StopIteration as end:
            return len(end.value.images) + len(end.value.left_out)
