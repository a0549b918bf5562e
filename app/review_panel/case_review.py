"""Going through answers with one's own verdict: what the parts of it tell each other."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTemporaryDir, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QFileDialog, QWidget

from app.dataset_panel.words import count_of
from app.evaluate_panel.choice_bar import looks_words
from app.review_panel.cases import Case, CaseSet, ChosenCell
from app.review_panel.cases_panel import CasesPanel
from app.review_panel.feedback_dialog import FeedbackDialog
from app.review_panel.subject import Subject
from app.review_panel.subject_box import SubjectBox
from app.review_panel.verdict_bar import VerdictBar
from app.widgets.ask import ask
from app.widgets.background import BackgroundReader
from app.widgets.message_bar import MessageBar
from fpt_core.dataset.feedback import (
    NEW_IMAGE_COLUMNS,
    FeedbackPlan,
    LabelChange,
    apply_labels,
    export_verdicts,
    new_image_table,
    plan_labels,
    read_verdicts,
)
from fpt_core.dataset.project import Project
from fpt_core.dataset.records import ImageRecord
from fpt_core.dataset.verdict_table import Verdict
from fpt_core.errors import FptError
from fpt_core.evaluation.doubtful_labels import (
    DoubtfulLabels,
    find_doubtful_labels,
    keep_doubtful_labels,
)
from fpt_core.evaluation.predictions import OUT_OF_FOLD
from fpt_core.events import Answered, Event, Failed, Finished, Stopped, Warned
from fpt_core.jobs.requests import CasesRequest, ImportRequest

_OUT_OF_FOLD = "Out-of-fold images"
SPLIT_TITLES = {
    "val": "Validation images",
    OUT_OF_FOLD: _OUT_OF_FOLD,
    "test": "Test images",
    "train": "Training images",
    "all": "All images",
}
_WHY = (
    "Whoever changes a model or a label after seeing the test images makes its figures flatter. "
    "Opening them is counted and told in every report."
)


_CHANGES = ("verdict", "labels", "plan", "export", "found")


class CaseReview(QObject):
    """Owns no pixels: it asks for images to be opened.

    Args:
        panel: On which keys work and dialogs lie.
        message: Where things are said.

    Signals:
        open_wanted(path, frame): Show an image.
        model_wanted(model): Answer with this model.
        cases_wanted(request): Tell a model's answers.
        labels_changed(): Labels of the project are others now.
        training_wanted(), doubts_shown(): Open Training, or the doubtful labels in Dataset.
        import_wanted(request): Add images.
    """

    open_wanted = Signal(object, int)
    model_wanted = Signal(object)
    cases_wanted = Signal(object)
    labels_changed = Signal()
    training_wanted = Signal()
    doubts_shown = Signal()
    import_wanted = Signal(object)

    def __init__(self, panel: QWidget, message: MessageBar) -> None:
        super().__init__(panel)
        self._panel, self._message = panel, message
        self._project: Project | None = None
        self._model: Path | None = None
        self._asked: CasesRequest | None = None
        self._subject: Subject | None = None
        self._answer: tuple[str, float] | None = None
        self._shown: tuple[Path, int] | None = None
        self._turn = 0
        self._folder = QTemporaryDir()
        self._reader = BackgroundReader(1, self)
        self._reader.done.connect(self._on_done)
        self.cases = CasesPanel()
        self.cases.case_chosen.connect(self._on_case)
        self.cases.doubts_wanted.connect(self._on_doubts_wanted)
        self.cases.closed.connect(self._show)
        self.box = SubjectBox()
        self.box.image_chosen.connect(self._on_other_image)
        self.bar = VerdictBar(
            (
                ("exportVerdicts", "Export as CSV…", self._on_export),
                ("verdictsAsLabels", "Take over as labels…", self._on_take_over),
                ("importVerdicts", "Import from CSV…", self._on_import),
            )
        )
        self.bar.given.connect(self._on_given)
        self.bar.taken_back.connect(self._on_taken_back)
        self.bar.label_wanted.connect(self._on_label_wanted)
        self.bar.reader.editingFinished.connect(self._look_up)
        self.bar.add_shortcuts(panel)
        for key, by in (("N", 1), ("P", -1)):
            shortcut = QShortcut(QKeySequence(key), panel)
            shortcut.activated.connect(lambda by=by: self.cases.step(by))

    # --- what is on screen --------------------------------------------------------------

    def set_project(self, project: Project | None) -> None:
        """Keep verdicts with ``project``."""
        other = (project and project.path) != (self._project and self._project.path)
        self._project = project
        if other and self.cases.case_set is not None:
            self.cases.close_cases()
        if project is not None:
            recipe = project.recipe()
            self.cases.thumbnails.set_recipe(recipe)
            self.box.thumbnails.set_recipe(recipe)
        self._look_up()

    def set_model(self, model: Path | None) -> None:
        """The model whose answers are looked at."""
        self._model = model

    def show_image(self, path: Path, frame: int) -> None:
        """Another image is on screen."""
        self._shown, self._subject, self._answer = (path, frame), None, None
        self._show()
        self._look_up()

    @property
    def next_image(self) -> ImageRecord | None:
        """What the key for the next case would open."""
        case = self.cases.next_case
        return None if case is None else case.image

    def show_answer(self, class_name: str, probability: float) -> None:
        """The model has answered the image on screen."""
        self._answer = (class_name, probability)
        self._show()

    def close_readers(self) -> None:
        """Let what is being kept be kept, and stop."""
        self._reader.finish()
        self.cases.close_readers()
        self.box.close_readers()

    def _look_up(self) -> None:
        project, shown, reader = self._project, self._shown, self.bar.reader.name
        self._turn += 1
        if project is not None and shown is not None:
            self._reader.start(
                ("subject", self._turn), lambda: Subject.find(project, *shown, reader)
            )

    def _show(self) -> None:
        self.box.show_subject(self._subject, self._case_in_words())
        self.bar.show_subject(self._subject, "" if self._answer is None else self._answer[0])

    def _case_in_words(self) -> str:
        """What the open list says of the image on screen."""
        case, listed = self.cases.current, self.cases.case_set
        if case is None or listed is None or (case.image.path, case.image.frame) != self._shown:
            return ""
        # Out of fold another model answered than the one that answers now.
        whose = "Out of fold it was given" if listed.title == _OUT_OF_FOLD else "It is given"
        word = "a mistake" if case.is_mistake else "right"
        return f"{whose} {listed.class_names[case.given]} with {case.probability:.2f}: {word}."

    # --- cases --------------------------------------------------------------------------

    def open_split(self, split: str) -> None:
        """Go through a split with the model in use; test images are asked for first."""
        if self._project is None:
            self._message.say("No images", "Open a project, or import a data set first.")
            return
        if self._model is None:
            self._message.say("No model", "Train a model, or open a model file first.")
            return
        looks = looks_words(len(self._project.test_looks()))
        if split == "test" and not ask(
            self._panel, "Test images", "Open the test images?", f"{looks} {_WHY}", "Open them"
        ):
            return
        self._asked = CasesRequest(self._model, self._project.path, split)
        self._message.say("Opening", f"{SPLIT_TITLES[split]}: the model's answers are read…")
        self.cases_wanted.emit(self._asked)

    def open_cell(self, chosen: ChosenCell) -> None:
        """Show the images behind a cell of a matrix that was shown elsewhere."""
        project = self._project
        if project is None:
            return
        self.model_wanted.emit(chosen.model)
        self._reader.start(
            ("cases", chosen.cell),
            lambda: CaseSet.of(
                project,
                chosen.model,
                chosen.class_names,
                chosen.rows,
                SPLIT_TITLES[chosen.split],
                chosen.note,
            ),
        )

    def show_event(self, event: Event) -> None:
        """An event of the process that answers; those of other requests are passed over."""
        if self._asked is None:
            return
        match event:
            case Warned():
                self._message.say("Note", f"{event.message} {event.remedy}")
            case Answered():
                self._on_answered(event, self._asked)
            case Finished() if "mistakes" in event.result:
                self._asked = None
            case Failed() | Stopped():
                self._asked = None

    def _on_answered(self, event: Answered, asked: CasesRequest) -> None:
        project = self._project
        if self._message.kind == "Opening":
            self._message.hide()
        if project is None or project.path != asked.project:
            return
        table = event.measured
        rows = [
            (number, truth, (given := max(range(len(row)), key=row.__getitem__)), row[given])
            for number, truth, row in zip(
                table.image_ids, table.targets, table.probabilities, strict=True
            )
        ]
        self._reader.start(
            ("cases", None),
            lambda: CaseSet.of(
                project, asked.model, event.class_names, rows, SPLIT_TITLES[asked.split]
            ),
        )

    def _on_case(self, case: Case) -> None:
        self.open_wanted.emit(case.image.path, case.image.frame)

    def _on_other_image(self, image: ImageRecord) -> None:
        self.open_wanted.emit(image.path, image.frame)

    def _on_doubts_wanted(self, model: Path) -> None:
        project = self._project
        if project is None:
            return

        def look() -> DoubtfulLabels:
            found = find_doubtful_labels(project, model.parent.name)
            keep_doubtful_labels(project, found)
            return found

        self._reader.start(("doubts", model), look)

    # --- verdicts -----------------------------------------------------------------------

    def _change(self, kind: str, change: Callable[[Project], Any]) -> None:
        project = self._project
        if project is not None:
            self._turn += 1  # what was looked up before is older than the change
            self._reader.start((kind, None), lambda: change(project))

    def _on_given(self, agrees: bool, class_name: str, note: str) -> None:
        if self._subject is None or self._answer is None:
            return
        verdict = dataclasses.replace(
            self.bar.verdict(self._subject.image_hash, agrees, class_name, note),
            probability=self._answer[1],
            model=_told(self._project, self._model),
        )
        self._change("verdict", lambda project: project.keep_verdicts([verdict]))

    def _on_taken_back(self) -> None:
        if self._subject is not None:
            key, reader = self._subject.image_hash, self.bar.reader.name
            self._change("verdict", lambda project: project.take_verdict_back(key, reader))

    def _on_label_wanted(self, class_name: str) -> None:
        if self._subject is not None and self._subject.image is not None:
            change = LabelChange(self._subject.image, class_name, self.bar.reader.name)
            self._relabel([change])

    def _relabel(self, changes: Sequence[LabelChange]) -> None:
        self._change("labels", lambda project: _relabelled(project, changes))

    def _on_export(self) -> None:
        file, _ = QFileDialog.getSaveFileName(
            self._panel, "Verdicts", "verdicts.csv", "Tables (*.csv)"
        )
        if file:
            path = Path(file)
            self._change("export", lambda project: (export_verdicts(project, path), path))

    def _on_take_over(self) -> None:
        self._change("plan", lambda project: plan_labels(project, project.verdicts()))

    def _on_import(self) -> None:
        file, _ = QFileDialog.getOpenFileName(self._panel, "Verdicts", filter="Tables (*.csv)")
        if file:
            self._change("plan", lambda project: _read_in(project, read_verdicts(Path(file))))

    def _show_plan(self, plan: FeedbackPlan) -> None:
        if not plan.changes and not plan.new and not plan.disputed:
            self._message.say("Nothing to change", "No verdict calls an image otherwise.")
            return
        dialog = FeedbackDialog(plan, self._panel)
        dialog.labels_wanted.connect(self._relabel)
        dialog.images_wanted.connect(self._find_images)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _find_images(self, new: Sequence[Verdict], folder: Path) -> None:
        table = Path(self._folder.path()) / "new.csv"

        def look(project: Project) -> tuple[int, ImportRequest]:
            found, _ = new_image_table(new, folder, project.recipe().volume_axis, table)
            return found, ImportRequest(project.path, folder, table, NEW_IMAGE_COLUMNS)

        self._change("found", look)

    # --- what was done ------------------------------------------------------------------

    def _on_done(self, key: tuple[str, Any], outcome: Any) -> None:
        kind, of = key
        if kind in _CHANGES and not isinstance(outcome, FptError):
            self._look_up()
        if kind == "subject" and of != self._turn:
            return
        if isinstance(outcome, FptError):
            if kind != "subject":  # why an image cannot be read the viewer says
                self._message.say("Not done", str(outcome))
                self._look_up()
            return
        match kind:
            case "subject":
                self._subject = outcome
                self._show()
            case "cases":
                self.cases.open_cases(outcome, of)
            case "labels":
                self._on_labelled(outcome)
            case "plan":
                self._show_plan(outcome)
            case "export":
                number, path = outcome
                self._message.say("Exported", f"{count_of(number, 'verdict')} in {path.name}.")
            case "doubts":
                self._on_doubts(outcome)
            case "found":
                self._on_found(*outcome)

    def _on_labelled(self, told: str) -> None:
        self._message.say("Labelled", told, "Open Training", self.training_wanted.emit)
        self.labels_changed.emit()

    def _on_doubts(self, found: DoubtfulLabels) -> None:
        number = len(found.labels)
        text = f"{number or 'None'} of {count_of(found.images, 'label')} ({found.source}) "
        text += "looks wrong." if number <= 1 else "look wrong."
        show = self.doubts_shown.emit if number else None
        self._message.say("Labels", text, "Show in Dataset" if number else "", show)

    def _on_found(self, found: int, request: ImportRequest) -> None:
        if found:
            self.import_wanted.emit(request)
        else:
            self._message.say("Not found", f"None of the images lies in {request.source.name}.")


def _relabelled(project: Project, changes: Sequence[LabelChange]) -> str:
    number = apply_labels(project, changes)
    [*models] = (run for run in project.runs() if run.model_path is not None)
    text = f"{count_of(number, 'image')}. Ctrl+Z takes it back."
    if models:
        since = project.labels_changed_since(models[0].created)
        text += f" {count_of(since, 'label')} changed since run {models[0].name} was trained: "
        text += "train again."
    return text


def _read_in(project: Project, verdicts: Sequence[Verdict]) -> FeedbackPlan:
    project.keep_verdicts(verdicts)
    return plan_labels(project, verdicts)


def _told(project: Project | None, model: Path | None) -> str:
    """A run by its id, another model by its file's name."""
    if model is None:
        return ""
    of_run = project is not None and model.is_relative_to(project.runs_dir)
    return model.parent.name if of_run else model.name
