"""How good a model is: one run or model file, on this project's images."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import (
    QFileDialog,
    QScrollArea,
    QStackedWidget,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from app.evaluate_panel.choice_bar import ChoiceBar
from app.evaluate_panel.decision_page import DecisionPage
from app.evaluate_panel.figure_table import FigureTable
from app.evaluate_panel.gate_page import GatePage
from app.evaluate_panel.groups_page import GroupsPage
from app.evaluate_panel.mapping_dialog import MappingDialog
from app.evaluate_panel.measurement import Measurement
from app.evaluate_panel.readings import (
    Answers,
    Charts,
    charts,
    figures_at,
    operating_point,
    rows_behind,
)
from app.evaluate_panel.threshold_bar import BY_HAND, ThresholdBar
from app.evaluate_panel.tile import Tile
from app.model_files import MODEL_FILTER
from app.review_panel.cases import ChosenCell
from app.theme import Colours
from app.widgets.ask import ask
from app.widgets.background import BackgroundReader
from app.widgets.message_bar import MessageBar
from app.widgets.section import make_hint
from fpt_core.dataset.project import Project
from fpt_core.errors import FptError
from fpt_core.events import Answered, ClassesDiffer, Event, Failed, Progress
from fpt_core.jobs.requests import EvaluateRequest

_REST_MS = 250
"""The slider rests so long before intervals are computed for where it stands."""
_CALLED = (
    "Sensitivity, specificity, PPV, NPV, F1, accuracy and kappa here: the most probable class is "
    "called. What the chosen threshold does stands under Threshold."
)
_OF_FILES = ("manufacturer", "modality", "format")
_RECALIBRATED = "recalibrated.fpt"


class EvaluatePanel(QWidget):
    """The Evaluate panel.

    Signals:
        evaluate_wanted(request): Measure a model.
        stop_wanted(): End the measurement in progress.
        report_wanted(run_id): Write what can be published of a run.
        cell_chosen(chosen): Show the images behind a cell of the matrix.
    """

    evaluate_wanted = Signal(object)
    stop_wanted = Signal()
    report_wanted = Signal(str)
    cell_chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("evaluatePanel")
        self._project: Project | None = None
        self.measurement = Measurement(self)
        self._answers: dict[str, Answers] = {}
        self._image_ids: tuple[int, ...] = ()
        self._result: Mapping[str, Any] = {}
        self._ranked: Mapping[str, Mapping[str, Any]] = {}
        self._class_maps: dict[Path, tuple[tuple[str, str], ...]] = {}
        self._prevalence: dict[str, float] = {}
        self._threshold = 0.5
        self._turn = 0
        self.message = MessageBar("evaluateMessage")
        self.choices = ChoiceBar()
        self.gate = GatePage()
        self.threshold = ThresholdBar()
        self.decisions = DecisionPage(self._on_not_saved)
        self.groups = GroupsPage(self._on_not_saved)
        self.table = FigureTable("allFigures", "All figures")
        self._reader = BackgroundReader(1, self)
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(_REST_MS)
        self._lay_out()
        self._connect()
        self._ask_which()

    def set_project(self, project: Project | None) -> None:
        """Measure on the images of ``project``."""
        same = (
            self._project is not None and project is not None and self._project.path == project.path
        )
        self._project = project
        before = self.choices.model
        self.choices.offer_models(project)
        self.choices.show_looks(project)
        if not same or self.choices.model != before:
            self._class_maps.clear()
            self._on_model_chosen()
        elif self._stack.currentWidget() is self.gate and not self.measurement.running:
            self._ask_which()

    def use_model(self, path: Path) -> None:
        """Evaluate the model file at ``path``."""
        self.choices.use_model(path)
        self._on_model_chosen()

    def set_colours(self, colours: Colours) -> None:
        """Draw in the theme's colours."""
        self.decisions.set_colours(colours)
        self.groups.set_colours(colours)

    def show_event(self, event: Event) -> None:
        """Show an event of an evaluation."""
        self.measurement.take(event)

    def show_worker_died(self) -> None:
        """Say calmly that the measuring process is gone."""
        self.measurement.take_death()
        self._show_what_there_is()
        self.message.say(
            "Not measured",
            "The process that measures was ended by the system, perhaps for lack of memory.",
        )

    def close_readers(self) -> None:
        """Stop computing in the background."""
        self._rest.stop()
        self._reader.close()

    def choose_model(self) -> None:
        """Ask for a model file."""
        file, _ = QFileDialog.getOpenFileName(self, "Model", filter=MODEL_FILTER)
        if file:
            self.use_model(Path(file))

    # --- measuring --------------------------------------------------------------------

    def _on_model_chosen(self) -> None:
        self.measurement.give_up()
        self._answers = {}
        self._result = {}
        self.message.hide()
        self._ask_which()

    def _ask_which(self) -> None:
        self.choices.show_results(False)
        self.gate.ask(
            looks=0 if self._project is None else len(self._project.test_looks()),
            has_model=self.choices.model is not None,
            has_images=self._project is not None and self._project.has_images,
        )
        self._stack.setCurrentWidget(self.gate)

    def _measure(self, split: str, column: str = "", recalibrate: Path | None = None) -> None:
        model = self.choices.model
        if self._project is None or model is None:
            return
        self.message.hide()
        self.choices.choose_split(split)
        if not column:
            self.choices.show_results(False)
            self.gate.say_working("Figures and their intervals, by image and by patient.")
            self._stack.setCurrentWidget(self.gate)
        self.measurement.ask(
            EvaluateRequest(
                model,
                self._project.path,
                split,
                class_map=self._class_maps.get(model, ()),
                subgroups=(column,) if column else (),
                recalibrate=recalibrate,
            )
        )

    def _on_progressed(self, event: Progress) -> None:
        self.gate.show_progress(event.stage, event.done, event.total)

    def _on_answered(self, event: Answered) -> None:
        self.choices.offer_classes(event.class_names)
        self.choices.show_looks(self._project)
        same = bool(self._answers)
        by_image = Answers.of(event)
        self._image_ids = event.measured.image_ids
        self._answers = {"image": by_image, "patient": by_image.by_patient()}
        if not same:
            self._prevalence = {}

    def _on_finished(self, result: Mapping[str, Any]) -> None:
        self._result = result
        self.choices.show_looks(self._project)
        self._show_what_there_is()
        notes = " ".join([*result["notes"], *result["drift"]])
        if notes:
            self.message.say("Note", notes)
        if "recalibrated" in result:
            self._on_recalibrated(result["recalibrated"])
        self._offer_columns()
        self._show_view()

    def _on_failed(self, event: Failed, differ: ClassesDiffer | None) -> None:
        self._show_what_there_is()
        self.message.say("Not measured", f"{event.message} {event.remedy}")
        if differ is not None:
            self._map_classes(differ)

    def _show_what_there_is(self) -> None:
        """The results, or the question for which."""
        if not self._result:
            self._answers = {}
            self._ask_which()
            return
        self.choices.show_results(True, other_project=not self._result["own"])
        self._stack.setCurrentWidget(self._results)
        self.groups.clear()

    def _map_classes(self, differ: ClassesDiffer) -> None:
        dialog = MappingDialog(differ, self)
        accepted = dialog.exec() == MappingDialog.DialogCode.Accepted
        model, class_map = self.choices.model, dialog.class_map
        dialog.deleteLater()
        if accepted and model is not None:
            self._class_maps[model] = class_map
            self._measure(self.choices.split)

    # --- what is shown ----------------------------------------------------------------

    @property
    def _shown(self) -> Answers:
        return self._answers[self.choices.unit]

    @property
    def _index(self) -> int:
        return int(self.choices.classes.currentData())

    @property
    def _class_name(self) -> str:
        return self._shown.given.class_names[self._index]

    def _show_view(self) -> None:
        """Draw this unit and class anew."""
        if not self._result:
            return
        self._turn += 1
        answers, index = self._shown, self._index
        self._reader.start(("charts", self._turn), lambda: charts(answers, index))
        by_unit = self._result[f"by_{self.choices.unit}"]
        self._ranked = by_unit["by_class"][self._class_name]
        self._show_table(by_unit)
        if self.threshold.rule == BY_HAND:
            self._set_threshold(self._threshold)
        else:
            self._choose_by_rule(self.threshold.rule)

    def _choose_by_rule(self, rule: str) -> None:
        if not self._result:
            return
        answers, index = self._shown, self._index
        kept = self._result["operating_points"]
        self._reader.start(
            ("point", self._turn), lambda: operating_point(answers, index, rule, kept)
        )

    def _on_moved(self, threshold: float) -> None:
        self.threshold.hint.setText(
            "By hand, to see what it would do: an operating point is chosen on validation images "
            "by a rule, never on the test set."
        )
        self._set_threshold(threshold)

    def _set_threshold(self, threshold: float) -> None:
        self._threshold = threshold
        self.threshold.show_threshold(threshold)
        if not self._result:
            return
        share = self._share_having()
        self.decisions.show_threshold(self._shown.given, self._index, threshold, share)
        self._rest.start()

    def _on_cell_clicked(self, row: int, column: int) -> None:
        model, unit = self.choices.model, self.choices.unit
        if not self._result or model is None:
            return
        index, at = self._index, self._threshold
        rows = rows_behind(
            self._answers["image"].given, self._shown.given, self._image_ids, index, at
        )
        of = ", by patient" if unit == "patient" else ""
        note = f"{self._class_name} called from {at:.3f} on{of}"
        names = self._shown.given.class_names
        self.cell_chosen.emit(
            ChosenCell(model, names, rows, (row, column), self.choices.split, note)
        )

    def _share_having(self) -> float:
        """What the user said, or the share among these images."""
        of_images = float(self._shown.given.positive(self._index).mean())
        return self._prevalence.get(self._class_name, of_images)

    def _on_prevalence_changed(self, share: float) -> None:
        self._prevalence[self._class_name] = share
        self._set_threshold(self._threshold)

    def _on_rested(self) -> None:
        if not self._result:
            return
        answers, index, threshold = self._shown, self._index, self._threshold
        share = self._share_having()
        self._reader.start(
            ("figures", self._turn), lambda: figures_at(answers, index, threshold, share)
        )

    def _on_read(self, key: tuple[str, int], found: Any) -> None:
        kind, turn = key
        if turn != self._turn or not self._result:
            return
        if isinstance(found, FptError):
            self._on_not_read(kind, found)
        elif isinstance(found, Charts):
            self.decisions.show_charts(found, float(self._shown.given.positive(self._index).mean()))
        elif kind == "figures":
            self.decisions.show_figures({**self._ranked, **found})
        else:
            self.threshold.hint.setText(
                f"Chosen on {found.images} {found.source} of {found.patients} patients, where it "
                f"has sensitivity {found.sensitivity:.3f} and specificity {found.specificity:.3f}."
            )
            self._set_threshold(found.threshold)

    def _on_not_read(self, kind: str, error: FptError) -> None:
        if kind == "point":
            self.threshold.hint.setText(f"{error.message} {error.remedy}")
            self._set_threshold(self._threshold)
        else:
            self.message.say("Not shown", str(error))

    def _show_table(self, by_unit: Mapping[str, Any]) -> None:
        columns = {**by_unit["by_class"], "mean of classes": by_unit["macro"]}
        columns["all together"] = by_unit["overall"]
        names = list(dict.fromkeys(name for figures in columns.values() for name in figures))
        self.table.show_figures(names, columns)

    # --- groups and recalibration -----------------------------------------------------

    def _offer_columns(self) -> None:
        assert self._project is not None, "results are of a project"
        [*measured] = self._result["subgroups"].items()
        if measured:
            [(_, groups)] = measured
            overall = self._result["by_image"]["macro"]["auc"]["value"]
            self.groups.show_groups(groups, overall)
            return
        facts = self._project.facts().values()
        kept = sorted({name for fact in facts for name in fact.columns})
        of_files = [name for name in _OF_FILES if len({getattr(f, name) for f in facts}) > 1]
        self.groups.offer_columns([*kept, *of_files])

    def _on_column_wanted(self, column: str) -> None:
        self.groups.say_measuring()
        self._measure(self.choices.split, column)

    def _on_recalibration_wanted(self) -> None:
        if not ask(
            self,
            "Recalibrate",
            "Fit the probabilities to this project's validation images?",
            "The model stays as it is: a second model file is written, which answers with other "
            "probabilities and the same order. Its figures on this project's test set are told.",
            "Recalibrate…",
        ):
            return
        file, _ = QFileDialog.getSaveFileName(self, "Recalibrated model", _RECALIBRATED, "*.fpt")
        if file:
            self._measure("test", recalibrate=Path(file))

    def _on_recalibrated(self, result: Mapping[str, Any]) -> None:
        written = Path(result["model"])
        figure = result["by_image"]["macro"]["calibration_error"]["value"]
        before = self._result["by_image"]["macro"]["calibration_error"]["value"]
        self.message.say(
            "Recalibrated",
            f"{written.name} is written. Expected calibration error on the test images: "
            f"{before:.3f} before, {figure:.3f} with it.",
            "Evaluate it",
            lambda: self.use_model(written),
        )

    def _on_not_saved(self, error: FptError) -> None:
        self.message.say("Not saved", str(error))

    # --- construction -----------------------------------------------------------------

    def _lay_out(self) -> None:
        self.tabs = QTabWidget()
        self.tabs.setObjectName("evaluateTabs")
        self.tabs.setDocumentMode(True)
        figures = Tile("All figures", self.table, self._on_not_saved, picture=False)
        figures.layout().setContentsMargins(0, 8, 0, 0)
        figures.layout().addWidget(make_hint("figuresHint", _CALLED))
        scroll = QScrollArea()
        scroll.setObjectName("decisionScroll")
        scroll.setWidgetResizable(True)
        scroll.setWidget(self.decisions)
        self.tabs.addTab(scroll, "Threshold")
        self.tabs.addTab(self.groups, "Groups")
        self.tabs.addTab(figures, "All figures")
        self._results = QWidget()
        results = QVBoxLayout(self._results)
        results.setContentsMargins(0, 0, 0, 0)
        results.addWidget(self.threshold)
        results.addWidget(self.tabs, stretch=1)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.gate)
        self._stack.addWidget(self._results)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 16, 20, 8)
        layout.setSpacing(8)
        layout.addWidget(self.choices)
        layout.addWidget(self.message)
        layout.addWidget(self._stack, stretch=1)

    def _connect(self) -> None:
        self.choices.model_chosen.connect(self._on_model_chosen)
        self.choices.split_chosen.connect(lambda: self._on_split_chosen())
        self.choices.view_changed.connect(self._show_view)
        self.choices.open_wanted.connect(self.choose_model)
        self.choices.recalibration_wanted.connect(self._on_recalibration_wanted)
        self.choices.report_wanted.connect(self.report_wanted)
        self.gate.measure_wanted.connect(self._measure)
        self.gate.stop_wanted.connect(self.measurement.stop)
        self.threshold.moved.connect(self._on_moved)
        self.threshold.rule_wanted.connect(self._choose_by_rule)
        self.decisions.confusion.cell_clicked.connect(self._on_cell_clicked)
        self.decisions.prevalence_changed.connect(self._on_prevalence_changed)
        self.groups.column_wanted.connect(self._on_column_wanted)
        self.measurement.wanted.connect(self.evaluate_wanted)
        self.measurement.stop_wanted.connect(self.stop_wanted)
        self.measurement.progressed.connect(self._on_progressed)
        self.measurement.answered.connect(self._on_answered)
        self.measurement.finished.connect(self._on_finished)
        self.measurement.stopped.connect(self._show_what_there_is)
        self.measurement.failed.connect(self._on_failed)
        self._rest.timeout.connect(self._on_rested)
        self._reader.done.connect(self._on_read)

    def _on_split_chosen(self) -> None:
        self._answers, self._result = {}, {}
        self._measure(self.choices.split)
