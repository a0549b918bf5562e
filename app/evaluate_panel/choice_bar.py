"""What is looked at: the model, the images, the unit and the class."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.widgets.button import make_button
from app.widgets.choice import choose, make_choice, offer
from app.widgets.section import make_hint
from fpt_core.dataset.project import Project

SPLITS = (("Test images", "test"), ("Validation images", "val"))
UNITS = (("By image", "image"), ("By patient", "patient"))
_MODEL_LETTERS = 30


class ChoiceBar(QWidget):
    """The page's head.

    Signals:
        model_chosen(), split_chosen(), view_changed(): Another model, other images, or
            another unit or class of the same answers.
        open_wanted(): Take a model from a file.
        recalibration_wanted(): Fit the probabilities to this project.
        report_wanted(run_id): Write what can be published of the run.
    """

    model_chosen = Signal()
    split_chosen = Signal()
    view_changed = Signal()
    open_wanted = Signal()
    recalibration_wanted = Signal()
    report_wanted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.models = make_choice("evaluateModel", "Model")
        self.models.setMinimumContentsLength(_MODEL_LETTERS)
        self.models.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.models.currentIndexChanged.connect(self.model_chosen)
        self.splits = make_choice("evaluateSplit", "Images", SPLITS)
        self.splits.setMinimumContentsLength(max(len(words) for words, _ in SPLITS))
        self.splits.currentIndexChanged.connect(self.split_chosen)
        self.units = make_choice("evaluateUnit", "Counted by image or by patient", UNITS)
        self.units.currentIndexChanged.connect(self.view_changed)
        self.classes = make_choice("evaluateClass", "Class")
        self.classes.currentIndexChanged.connect(self.view_changed)
        self.looks = make_hint("testLooks")
        self.looks.setWordWrap(False)
        self.open_model = make_button("evaluateOpenModel", "Open model…", self.open_wanted.emit)
        self.recalibrate = make_button(
            "recalibrate", "Recalibrate…", self.recalibration_wanted.emit
        )
        self.report = make_button(
            "evaluateReport", "Report…", lambda: self.report_wanted.emit(self.run)
        )
        self._runs: dict[str, str] = {}
        self._of_results = (self.splits, self.units, self.classes)
        self._lay_out()
        self.show_results(False)

    @property
    def model(self) -> Path | None:
        """The model file."""
        data = self.models.currentData()
        return None if data is None else Path(data)

    @property
    def run(self) -> str | None:
        """Id of the project's run whose model it is; ``None`` where it is from elsewhere."""
        return self._runs.get(str(self.model))

    @property
    def split(self) -> str:
        """Test or val."""
        return str(self.splits.currentData())

    @property
    def unit(self) -> str:
        """Image or patient."""
        return str(self.units.currentData())

    def offer_models(self, project: Project | None) -> None:
        """Offer the runs' models; the choice stays where it still can be had."""
        runs = [] if project is None else project.runs()
        found = [
            (f"{run.method.upper()}, {run.created[:16].replace('T', ' ')}", str(run.model_path))
            for run in runs
            if run.model_path is not None and run.model_path.is_file()
        ]
        self._runs = {str(run.model_path): run.id for run in runs}
        chosen = self.model
        opened = chosen is not None and chosen.is_file() and str(chosen) not in dict(found).values()
        if opened and chosen is not None and project is not None:
            found.append((_file_words(chosen), str(chosen)))
        offer(self.models, found or [("No model yet", None)])
        self.models.setEnabled(bool(found))

    def use_model(self, path: Path) -> None:
        """Choose the model at ``path``, which need not be of this project, without a signal."""
        with QSignalBlocker(self.models):
            if self.models.findData(str(path)) < 0:
                if self.models.currentData() is None:
                    self.models.clear()
                self.models.addItem(_file_words(path), str(path))
            choose(self.models, str(path))
            self.models.setEnabled(True)

    def offer_classes(self, names: Sequence[str]) -> None:
        """Offer the model's classes; of new ones the last, which sorts after "healthy" and "no"."""
        known = [self.classes.itemText(place) for place in range(self.classes.count())]
        if known != list(names):
            with QSignalBlocker(self.classes):
                self.classes.clear()
                for place, name in enumerate(names):
                    self.classes.addItem(name, place)
                self.classes.setCurrentIndex(len(names) - 1)

    def choose_split(self, split: str) -> None:
        """Show which images are looked at, without a signal."""
        with QSignalBlocker(self.splits):
            choose(self.splits, split)

    def show_looks(self, project: Project | None) -> None:
        """Say how often the test set was looked at."""
        count = 0 if project is None else len(project.test_looks())
        self.looks.setText("" if project is None else looks_words(count))

    def show_results(self, shown: bool, *, other_project: bool = False) -> None:
        """Whether there are answers to choose among."""
        for widget in self._of_results:
            widget.setVisible(shown)
        self.recalibrate.setVisible(shown and other_project)
        self.report.setVisible(shown and self.run is not None)

    def _lay_out(self) -> None:
        title = QLabel("Evaluate")
        title.setProperty("role", "title")
        top, choices = QHBoxLayout(), QHBoxLayout()
        top.addWidget(title)
        top.addSpacing(16)
        top.addWidget(self.models)
        top.addWidget(self.open_model)
        top.addStretch()
        top.addWidget(self.looks, alignment=Qt.AlignmentFlag.AlignRight)
        for widget in self._of_results:
            choices.addWidget(widget)
        choices.addStretch()
        choices.addWidget(self.recalibrate)
        choices.addWidget(self.report)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(top)
        layout.addLayout(choices)


def looks_words(count: int) -> str:
    """How often somebody looked, in words."""
    times = {0: "never", 1: "once", 2: "twice"}.get(count, f"{count} times")
    return f"The test set was looked at {times}."


def _file_words(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"
