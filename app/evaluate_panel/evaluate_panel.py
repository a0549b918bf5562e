"""How good a model is: one run or model file, on this project's images."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QStackedWidget, QVBoxLayout, QWidget

from app.evaluate_panel.choice_bar import ChoiceBar
from app.evaluate_panel.gate_page import GatePage
from app.evaluate_panel.mapping_dialog import MappingDialog
from app.evaluate_panel.measurement import Measurement
from app.evaluate_panel.results_view import ResultsView
from app.model_files import MODEL_FILTER
from app.review_panel.cases import ChosenCell
from app.theme import Colours
from app.widgets.ask import ask
from app.widgets.message_bar import MessageBar
from fpt_core.dataset.project import Project
from fpt_core.events import Answered, ClassesDiffer, Event, Failed, Progress
from fpt_core.jobs.requests import EvaluateRequest

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
        self._class_maps: dict[Path, tuple[tuple[str, str], ...]] = {}
        self.message = MessageBar("evaluateMessage")
        self.choices = ChoiceBar()
        self.gate = GatePage()
        self.results = ResultsView()
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
        self.results.set_colours(colours)

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
        self.results.close_readers()

    def choose_model(self) -> None:
        """Ask for a model file."""
        file, _ = QFileDialog.getOpenFileName(self, "Model", filter=MODEL_FILTER)
        if file:
            self.use_model(Path(file))

    # --- measuring --------------------------------------------------------------------

    def _on_model_chosen(self) -> None:
        self.measurement.give_up()
        self.results.clear()
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
        self.results.take_answers(event)

    def _on_finished(self, result: Mapping[str, Any]) -> None:
        self.results.result = result
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
        if not self.results.result:
            self.results.clear()
            self._ask_which()
            return
        self.choices.show_results(True, other_project=not self.results.result["own"])
        self._stack.setCurrentWidget(self.results)
        self.results.groups.clear()

    def _map_classes(self, differ: ClassesDiffer) -> None:
        dialog = MappingDialog(differ, self)
        accepted = dialog.exec() == MappingDialog.DialogCode.Accepted
        model, class_map = self.choices.model, dialog.class_map
        dialog.deleteLater()
        if accepted and model is not None:
            self._class_maps[model] = class_map
            self._measure(self.choices.split)

    # --- what is shown ----------------------------------------------------------------

    def _show_view(self) -> None:
        if self.results.result:
            self.results.show_view(self.choices.unit, int(self.choices.classes.currentData()))

    def _on_cell_clicked(self, row: int, column: int) -> None:
        model, shown = self.choices.model, self.results
        if shown.result and model is not None:
            names, rows = shown.shown.given.class_names, shown.case_rows()
            self.cell_chosen.emit(
                ChosenCell(model, names, rows, (row, column), self.choices.split, shown.call)
            )

    # --- groups and recalibration -----------------------------------------------------

    def _offer_columns(self) -> None:
        assert self._project is not None, "results are of a project"
        [*measured] = self.results.result["subgroups"].items()
        if measured:
            [(_, groups)] = measured
            overall = self.results.result["by_image"]["macro"]["auc"]["value"]
            self.results.groups.show_groups(groups, overall)
            return
        facts = self._project.facts().values()
        kept = sorted({name for fact in facts for name in fact.columns})
        of_files = [name for name in _OF_FILES if len({getattr(f, name) for f in facts}) > 1]
        self.results.groups.offer_columns([*kept, *of_files])

    def _on_column_wanted(self, column: str) -> None:
        self.results.groups.say_measuring()
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
        before = self.results.result["by_image"]["macro"]["calibration_error"]["value"]
        self.message.say(
            "Recalibrated",
            f"{written.name} is written. Expected calibration error on the test images: "
            f"{before:.3f} before, {figure:.3f} with it.",
            "Evaluate it",
            lambda: self.use_model(written),
        )

    # --- construction -----------------------------------------------------------------

    def _lay_out(self) -> None:
        self._stack = QStackedWidget()
        self._stack.addWidget(self.gate)
        self._stack.addWidget(self.results)
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
        self.results.cell_clicked.connect(self._on_cell_clicked)
        self.results.not_shown.connect(self.message.say)
        self.results.groups.column_wanted.connect(self._on_column_wanted)
        self.measurement.wanted.connect(self.evaluate_wanted)
        self.measurement.stop_wanted.connect(self.stop_wanted)
        self.measurement.progressed.connect(self._on_progressed)
        self.measurement.answered.connect(self._on_answered)
        self.measurement.finished.connect(self._on_finished)
        self.measurement.stopped.connect(self._show_what_there_is)
        self.measurement.failed.connect(self._on_failed)

    def _on_split_chosen(self) -> None:
        self.results.clear()
        self._measure(self.choices.split)
