"""Drop an image, see the answer and which tokens the model read."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QComboBox,
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app.model_files import MODEL_FILTER
from app.review_panel.answering import Answering, Place
from app.review_panel.case_review import SPLIT_TITLES, CaseReview
from app.review_panel.decision import in_words, marks_of
from app.review_panel.heatmap_box import HeatmapBox
from app.review_panel.likeness_box import LikenessBox
from app.review_panel.queue.given import given_by
from app.review_panel.queue.many_at_once import KEYS as QUEUE_KEYS
from app.review_panel.queue.many_at_once import ManyAtOnce
from app.review_panel.series_box import SeriesBox
from app.review_panel.side_by_side import KEYS as SIDE_KEYS
from app.review_panel.side_by_side import KeptAnswer, SideBySide
from app.review_panel.verdict_bar import KEYS as VERDICT_KEYS
from app.theme import Colours
from app.viewer.viewer import Viewer
from app.widgets.button import make_button
from app.widgets.drop_zone import DropZone
from app.widgets.menu_button import make_menu_button
from app.widgets.message_bar import MessageBar
from app.widgets.probability_bars import ProbabilityBars
from fpt_core.config import MODEL_SUFFIX, MODEL_SUFFIXES
from fpt_core.dataset.project import Project
from fpt_core.errors import FptError
from fpt_core.evaluation.predictions import OUT_OF_FOLD
from fpt_core.events import Event, Failed, Predicted, PredictionFailed
from fpt_core.model_card import ModelCard, load_card

_SIDE_WIDTH_PX = 300
_NO_ANSWER = "No answer"
_KEYS = (("H", "Heatmap on or off"), ("[ ]", "Opacity of the heatmap"))


class ReviewPanel(QWidget):
    """The Review panel.

    Signals:
        predict_wanted(request): Ask a model about the image on screen.
    """

    predict_wanted = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("reviewPanel")
        self.setAcceptDrops(True)
        self._place: Place | None = None
        self._answer: Predicted | None = None
        self._answering = Answering(self)
        self._answering.wanted.connect(self.predict_wanted)
        self._answering.answered.connect(self._on_answered)
        self._card: ModelCard | None = None
        self.message = MessageBar("reviewMessage")
        self.review = CaseReview(self, self.message)
        self.review.open_wanted.connect(self._show)
        self.review.model_wanted.connect(self._select)
        self.many = ManyAtOnce(self, self.message, lambda: self.model)
        self.many.open_wanted.connect(self.open_path)
        self.many.known_wanted.connect(self._show_queued)
        self.many.model_wanted.connect(self.use_model)
        self.viewer = Viewer()
        self.viewer.shown.connect(self._on_shown)
        self.viewer.failed.connect(self._on_not_shown)
        self.view = self.viewer.view
        self.series = SeriesBox()
        self.series.frame_chosen.connect(self.viewer.show_frame)
        self.series.rule_changed.connect(self.many.queue.set_rule)
        self.many.queue.rule_changed.connect(self.series.set_rule)
        self._stack = QStackedWidget()
        self._stack.addWidget(self._empty_page())
        self.beside = SideBySide(self.viewer, self._answer_to_keep)
        self.beside.add_shortcut(self)
        self._stack.addWidget(self.beside)
        main = QVBoxLayout()
        main.addWidget(self.message)
        main.addWidget(self.many.watch)
        main.addWidget(self.many.under(self._stack), stretch=1)
        main.addWidget(self.series)
        main.addWidget(self.review.bar)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(20, 16, 20, 16)
        layout.setSpacing(20)
        layout.addWidget(self.review.cases)
        layout.addLayout(main, stretch=1)
        layout.addWidget(self._side_column())
        self.heatmap.add_shortcuts(self)
        self.viewer.more_keys = (*_KEYS, *SIDE_KEYS, *QUEUE_KEYS, *VERDICT_KEYS)
        self._show_answer(None)

    @property
    def model(self) -> Path | None:
        """The model file in use."""
        data = self.models.currentData()
        return None if data is None else Path(data)

    def set_project(self, project: Project | None) -> None:
        """Offer the models of ``project``."""
        self.likeness.set_project(project)
        self.review.set_project(project)
        chosen = self.model
        with QSignalBlocker(self.models):
            self.models.clear()
            for run in [] if project is None else project.runs():
                if run.model_path is not None and run.model_path.is_file():
                    self._add_model(
                        f"{run.method.upper()}, {run.created[:16].replace('T', ' ')}",
                        run.model_path,
                    )
            if self.models.count() == 0:
                self.models.addItem("No model yet", None)
        if chosen is not None:
            self._select(chosen)
        elif self.model is not None:
            self._ask()

    def use_model(self, path: Path) -> None:
        """Answer with the model file at ``path``."""
        self._select(path)
        self._on_model_chosen()

    def _on_model_chosen(self) -> None:
        self.many.queue.use_model()
        self._ask()

    def _select(self, path: Path) -> None:
        with QSignalBlocker(self.models):
            index = self.models.findData(str(path))
            if index < 0:
                if self.models.currentData() is None:
                    self.models.clear()
                self._add_model(f"{path.parent.name}/{path.name}", path)
                index = self.models.count() - 1
            self.models.setCurrentIndex(index)

    def open_path(self, path: Path, frame: int = 0) -> None:
        """Show an image, or use a model file."""
        if path.suffix in MODEL_SUFFIXES:
            self.use_model(path)
            return
        if self.many.queues(path):
            self.many.queue.add([path])
            return
        self._answering.forget(path)
        self._show(path, frame)

    def _show_queued(self, path: Path, answer: Predicted | None) -> None:
        """Show an image of the queue; one that it has answered is not asked about again."""
        if answer is not None:
            self._answering.use_model(self.model)
            self._answering.keep(answer)
        self._show(path, 0 if answer is None else answer.frame)

    def _show(self, path: Path, frame: int) -> None:
        self._place = None
        self.message.hide()
        self.review.show_image(path, frame)
        self._show_answer(None)
        self.series.show_file(path, self.model)
        self.viewer.open(path, frame)

    def set_colours(self, colours: Colours) -> None:
        """Draw in the theme's colours."""
        self.review.cases.set_colours(colours)
        self.series.curve.set_colours(colours)

    def show_event(self, event: Event) -> None:
        """Show an event of a prediction, or of the answers to a split."""
        self.review.show_event(event)
        self.series.show_event(event)
        self._answering.show_event(event)
        if isinstance(event, Failed):
            self._say_no_answer(event)

    def show_worker_died(self) -> None:
        """Say calmly that the answering process is gone."""
        self.series.show_worker_died()
        self._answering.show_worker_died()
        self._say_waiting("")
        self.message.say(
            _NO_ANSWER,
            "The process that answers was ended by the system, perhaps for lack of memory.",
            "Ask again",
            self._ask,
        )

    def close_readers(self) -> None:
        """Stop decoding in the background."""
        self.viewer.close_readers()
        self.beside.close_readers()
        self.many.close_readers()
        self.review.close_readers()
        self.likeness.close_readers()

    # --- events -----------------------------------------------------------------------

    def _on_shown(self, path: Path, frame: int) -> None:
        self._stack.setCurrentIndex(1)
        if self._place is None:
            self.view.setFocus()
            self.many.on_shown(path)
            answer, frames = self._answering.known((path, frame)), self.many.frames_of(path)
            if answer is not None and frames is not None:
                self.series.show_known(answer.class_names, frames)
        elif self._place != (path, frame):
            self.review.show_image(path, frame)
        if self._place != (path, frame):
            self._place = (path, frame)
            self._ask()

    def _on_answered(self, place: Place, event: Predicted | PredictionFailed) -> None:
        if isinstance(event, Predicted):
            self.beside.show_answer(event, self.heatmap.chosen_of(event))
        if place != self._place:
            return
        if isinstance(event, Predicted):
            self._show_answer(event)
            self._expect()
        else:
            self._say_no_answer(event)

    def _say_no_answer(self, event: Failed | PredictionFailed) -> None:
        self.message.say(_NO_ANSWER, f"{event.message} {event.remedy}")
        self._say_waiting("")

    def _expect(self) -> None:
        """Decode and answer ahead what is likely to be looked at next."""
        assert self._place is not None, "an image is on screen"
        path, frame = self._place
        if self.viewer.frames > 1:
            self._answering.expect(
                [(path, each) for each in self.viewer.next_frames() if each != frame]
            )
        elif (image := self.review.next_image) is not None:
            self.viewer.expect(image.path, image.frame)
            self._answering.expect([(image.path, image.frame)])
        elif (following := self.many.next_image(path)) is not None:
            self.viewer.expect(*following)

    def _on_not_shown(self, path: Path, error: FptError) -> None:
        self._stack.setCurrentIndex(0)
        self._place = None
        self.viewer.clear()
        self.message.say("Not shown", str(error))

    def _update_heatmap_shown(self) -> None:
        shown = self.heatmap.shown.isChecked()
        self.view.set_heatmap_visible(shown)
        self.beside.set_heatmap_shown(shown)

    def _ask(self) -> None:
        """Show the answer of the model in use to what is on screen, or ask for it."""
        if self._place is None:
            return
        path, frame = self._place
        if self.message.kind == _NO_ANSWER:
            self.message.hide()
        self.series.show_file(path, self.model)
        self.series.show_frame(frame, self.viewer.frames)
        self.review.set_model(self.model)
        self._card = _card(self.model)
        self._answering.use_model(self.model)
        # What was said of another frame or by another model must not stand under this one.
        self._show_answer(self._answering.known(self._place))
        if self._answer is not None:
            self._expect()
        elif self.model is None:
            self._say_waiting("Choose a model to see its answer.")
        else:
            self._say_waiting("Reading the image…")
            self._answering.ask(self._place)

    def _ask_again(self) -> None:
        """The queue keeps no answer with all its heads."""
        if self._place is not None and self._answer is not None:
            self._answering.ask(self._place)

    def _answer_to_keep(self) -> KeptAnswer:
        """The answer on screen with the model that gave it, and the layer over the image."""
        model = "" if self.model is None else self.models.currentText()
        layer = None if self._answer is None else self.heatmap.chosen_of(self._answer)
        return KeptAnswer(self._answer, model, layer)

    def _show_answer(self, answer: Predicted | None) -> None:
        self._answer = answer
        self.bars.clear()
        self.likeness.show_answer(answer)
        self.heatmap.show_answer(answer)
        self._say_waiting("Drop an image to see the model's answer." if answer is None else "")
        self._meaning.setVisible(answer is not None)
        if answer is not None:
            self._show_probabilities(answer)

    def _show_probabilities(self, answer: Predicted) -> None:
        """The bars, with the model's own thresholds where its file keeps them."""
        marks = {} if self._card is None else marks_of(self._card.operating_points)
        self.bars.show_probabilities(
            answer.class_names,
            answer.probabilities,
            {name: found.threshold for name, found in marks.items()},
            {name: found.zone for name, found in marks.items() if found.zone is not None},
        )
        best = max(range(len(answer.class_names)), key=answer.probabilities.__getitem__)
        name = answer.class_names[best]
        texts = []
        if name in marks:
            texts.append(in_words(name, answer.probabilities[best], marks[name]))
        if self._card is not None and self._card.calibration is None:
            texts.append("Not calibrated: read these as scores, not as chances.")
        self._meaning.setText(" ".join(texts))
        self.review.show_answer(name, answer.probabilities[best])

    def _say_waiting(self, text: str) -> None:
        self._waiting.setText(text)
        self._waiting.setVisible(bool(text))

    # --- drops and choices ------------------------------------------------------------

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasUrls() or event.mimeData().hasImage():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        event.acceptProposedAction()
        self.many.take(given_by(event.mimeData()))

    def choose_image(self) -> None:
        """Ask for image files."""
        self.many.choose_images()

    def choose_model(self) -> None:
        """Ask for a model file."""
        file, _ = QFileDialog.getOpenFileName(self, "Model", filter=MODEL_FILTER)
        if file:
            self.use_model(Path(file))

    # --- construction -----------------------------------------------------------------

    def _empty_page(self) -> QWidget:
        zone = DropZone(
            "reviewDropZone",
            "Drop images here",
            "A photograph, a radiograph, a DICOM file or series, a folder, a ZIP; or paste. The "
            "model's answer appears beside an image, several images become a table.",
            (
                make_button("chooseImage", "Choose images…", self.choose_image, primary=True),
                make_button("chooseFolder", "Choose folder…", self.many.choose_folder),
                make_button("watchFolder", "Watch a folder…", self.many.choose_watched),
            ),
        )
        zone.dropped.connect(self.many.take_paths)
        return zone

    def _side_column(self) -> QWidget:
        title = QLabel("Review")
        title.setObjectName("title")
        self.models = QComboBox()
        self.models.setObjectName("models")
        self.models.setAccessibleName("Model")
        self.models.setMinimumContentsLength(14)
        self.models.addItem("No model yet", None)
        self.models.currentIndexChanged.connect(self._on_model_chosen)
        self._waiting = _hint("answerHint")
        self._waiting.setWordWrap(True)
        self.bars = ProbabilityBars()
        self._meaning = _hint("answerMeaning")
        self._meaning.setWordWrap(True)
        self.likeness = LikenessBox()
        self.heatmap = HeatmapBox()
        self.heatmap.layer_changed.connect(self.view.set_heatmap)
        for view in (self.view, self.beside.kept.view):
            self.heatmap.opacity_changed.connect(view.set_heatmap_opacity)
        self.heatmap.shown_changed.connect(self._update_heatmap_shown)
        self.heatmap.heads_wanted.connect(self._ask_again)
        answer = QLabel("Answer")
        answer.setProperty("role", "heading")
        column = QWidget()
        layout = QVBoxLayout(column)
        layout.setContentsMargins(0, 0, 8, 0)
        layout.setSpacing(12)
        layout.addWidget(title)
        layout.addWidget(self.models)
        buttons = QHBoxLayout()
        buttons.addWidget(make_button("openModel", "Open model…", self.choose_model))
        buttons.addWidget(make_button("openImage", "Open image…", self.choose_image))
        layout.addLayout(buttons)
        layout.addWidget(self._case_button())
        layout.addWidget(self.beside.button)
        layout.addSpacing(8)
        layout.addWidget(answer)
        layout.addWidget(self._waiting)
        layout.addWidget(self.bars)
        layout.addWidget(self._meaning)
        layout.addWidget(self.review.box)
        layout.addWidget(self.likeness)
        layout.addWidget(self.heatmap)
        layout.addStretch()
        side = QScrollArea()
        side.setObjectName("reviewSide")
        side.setWidget(column)
        side.setWidgetResizable(True)
        side.setFrameShape(QFrame.Shape.NoFrame)
        side.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        side.setFixedWidth(_SIDE_WIDTH_PX)
        return side

    def _case_button(self) -> QWidget:
        """Which images of the project to go through with the model."""
        ways = [
            (f"openCases-{split}", f"{SPLIT_TITLES[split]}{'…' * (split == 'test')}", split)
            for split in ("val", OUT_OF_FOLD, "test")
        ]
        return make_menu_button(
            "openCases",
            "Go through answers",
            [
                (name, text, lambda split=split: self._open_cases(split))
                for name, text, split in ways
            ],
        )

    def _open_cases(self, split: str) -> None:
        self.review.set_model(self.model)
        self.review.open_split(split)

    def _add_model(self, text: str, path: Path) -> None:
        self.models.addItem(text, str(path))
        self.models.setItemData(self.models.count() - 1, str(path), Qt.ItemDataRole.ToolTipRole)


def _card(model: Path | None) -> ModelCard | None:
    """What a model file says of itself, where it can be read; the answer will say why not."""
    if model is None or model.suffix != MODEL_SUFFIX:
        return None
    try:
        return load_card(model)
    except FptError:
        return None


def _hint(name: str) -> QLabel:
    label = QLabel()
    label.setObjectName(name)
    label.setProperty("role", "hint")
    return label
