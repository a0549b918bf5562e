"""All runs of a project: found again, named, compared, deleted, repeated."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QModelIndex, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QSplitter,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from app.dataset_panel.words import count_of
from app.theme import Colours
from app.training_panel.run_columns import COLUMNS, STAR
from app.training_panel.run_curves import RunCurves
from app.training_panel.run_differences import RunDifferences
from app.training_panel.run_rows import RunRow, RunsSnapshot
from app.training_panel.run_table import RunFilter, RunTable, Which
from app.widgets.ask import ask
from app.widgets.button import make_button
from app.widgets.choice import make_choice
from fpt_core.dataset.project import Project
from fpt_core.dataset.run_settings import write_runs
from fpt_core.dataset.run_table import RunRecord
from fpt_core.errors import FptError

_NEWEST_FIRST = 12
_ROW_HEIGHT_PX = 26
_LEAST_FILTER_PX = 90
_TABLE_HEIGHT_PX, _DETAILS_HEIGHT_PX = 320, 220
_CURVES_WIDTH_PX, _SETTINGS_WIDTH_PX = 640, 460


class RunsPage(QWidget):
    """The table of runs, and below it the curves and settings of those that are chosen.

    Signals:
        change_wanted(change): Make this change of the project.
        trash_wanted(run_ids): Put these into the trash.
        again_wanted(run), resume_wanted(run): Train with the same settings; go on with it.
        model_wanted(path): Look at this model file.
        evaluate_wanted(path): Measure this model file.
        report_wanted(run_id): Write what can be published of it.
        failed(text): Something could not be done.
    """

    change_wanted = Signal(object)
    trash_wanted = Signal(object)
    again_wanted = Signal(object)
    resume_wanted = Signal(object)
    model_wanted = Signal(object)
    evaluate_wanted = Signal(object)
    report_wanted = Signal(str)
    failed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._project: Project | None = None
        self._snapshot = RunsSnapshot()
        self._can_start = False
        self.text = QLineEdit()
        self.text.setObjectName("runFilter")
        self.text.setAccessibleName("Find runs")
        self.text.setPlaceholderText("Name, method, backbone, note…")
        self.text.setClearButtonEnabled(True)
        self.text.setMinimumWidth(_LEAST_FILTER_PX)
        self.which = make_choice("whichRuns", "Which runs", [(w.value, w) for w in Which])
        self.model = RunTable(self)
        self.shown = RunFilter(self.model)
        self.curves = RunCurves()
        self.settings = RunDifferences()
        self._build_table()
        self._build_buttons()
        self._lay_out()
        self._connect()
        self._on_selected()

    # --- construction -----------------------------------------------------------------

    def _build_table(self) -> None:
        table = self.table = QTableView()
        table.setObjectName("runTable")
        table.setAccessibleName("Runs")
        table.setModel(self.shown)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        table.setEditTriggers(
            QAbstractItemView.EditTrigger.DoubleClicked
            | QAbstractItemView.EditTrigger.EditKeyPressed
        )
        table.setWordWrap(False)
        table.setSortingEnabled(True)
        table.sortByColumn(_NEWEST_FIRST, Qt.SortOrder.DescendingOrder)
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(_ROW_HEIGHT_PX)
        table.horizontalHeader().setStretchLastSection(True)
        for number, column in enumerate(COLUMNS):
            table.setColumnWidth(number, column.width_px)

    def _build_buttons(self) -> None:
        self.again = make_button("trainAgain", "Train again…", self._on_again)
        self.again.setToolTip("Fills the page New run with these settings")
        self.resume = make_button("resumeRun", "Resume", self._on_resume)
        self.open_model = make_button("openRunModel", "Model file", self._on_model)
        self.evaluate = make_button("evaluateRun", "Evaluate", self._on_evaluate)
        self.report = make_button("reportRun", "Report…", self._on_report)
        self.report.setToolTip("Figures, curves and checklists of this run as one page")
        self.trash = make_button("trashRuns", "Delete", self._on_trash)
        self.restore = make_button("restoreRuns", "Restore", self._on_restore)
        self.empty = make_button("emptyTrash", "Empty the trash…", self._on_empty)
        self.export = make_button("exportRuns", "Export CSV…", self._on_export)

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.addWidget(self.text, stretch=1)
        top.addWidget(self.which)
        top.addStretch(1)
        for button in (
            self.again,
            self.resume,
            self.open_model,
            self.evaluate,
            self.report,
            self.trash,
            self.restore,
            self.empty,
            self.export,
        ):
            top.addWidget(button)
        below = self._details = QSplitter(Qt.Orientation.Horizontal)
        below.setObjectName("runDetails")
        below.addWidget(self.curves)
        below.addWidget(self.settings)
        below.setChildrenCollapsible(False)
        below.setSizes([_CURVES_WIDTH_PX, _SETTINGS_WIDTH_PX])
        splitter = QSplitter(Qt.Orientation.Vertical)
        splitter.setObjectName("runSplitter")
        splitter.addWidget(self.table)
        splitter.addWidget(below)
        splitter.setChildrenCollapsible(False)
        splitter.setSizes([_TABLE_HEIGHT_PX, _DETAILS_HEIGHT_PX])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 12, 12, 12)
        layout.addLayout(top)
        layout.addWidget(splitter, stretch=1)

    def _connect(self) -> None:
        self.text.textChanged.connect(self._on_filtered)
        self.which.currentIndexChanged.connect(self._on_filtered)
        self.table.selectionModel().selectionChanged.connect(self._on_selected)
        self.table.clicked.connect(self._on_clicked)
        # A cell's editor is closed before the table is read anew.
        queued = Qt.ConnectionType.QueuedConnection
        self.model.rename_wanted.connect(
            lambda run, name: self.change_wanted.emit(lambda p: p.rename_run(run, name)), queued
        )
        self.model.note_wanted.connect(
            lambda run, note: self.change_wanted.emit(lambda p: p.note_run(run, note)), queued
        )
        for keys, act in (
            ("Del", self._on_trash),
            ("Space", self._on_star),
        ):
            shortcut = QShortcut(QKeySequence(keys), self.table)
            shortcut.setContext(Qt.ShortcutContext.WidgetShortcut)
            shortcut.activated.connect(act)

    # --- what is shown ------------------------------------------------------------------

    def set_colours(self, colours: Colours) -> None:
        """Draw in the theme's colours."""
        self.curves.set_colours(colours)

    def show_snapshot(self, project: Project, snapshot: RunsSnapshot) -> None:
        """Show the runs of a project as it is now; the chosen ones stay chosen."""
        self._project, self._snapshot = project, snapshot
        chosen = {row.record.id for row in self.chosen()}
        in_trash = self.which.currentData() is Which.TRASH
        self.model.set_rows(snapshot.trashed if in_trash else snapshot.rows)
        self._choose(chosen)
        self._on_selected()

    def set_can_start(self, can_start: bool) -> None:
        """Whether a run could be resumed now."""
        self._can_start = can_start
        self._update_buttons()

    def close_readers(self) -> None:
        """Stop reading in the background."""
        self.curves.close_readers()

    def chosen(self) -> list[RunRow]:
        """The runs that are selected, from top to bottom."""
        rows = sorted(index.row() for index in self.table.selectionModel().selectedRows())
        return [self.shown.run(row) for row in rows]

    def _choose(self, run_ids: set[str]) -> None:
        selection = QItemSelection()
        for number, row in enumerate(self.shown.runs()):
            if row.record.id in run_ids:
                index = self.shown.index(number, 0)
                selection.select(index, index)
        self.table.selectionModel().select(
            selection,
            QItemSelectionModel.SelectionFlag.ClearAndSelect
            | QItemSelectionModel.SelectionFlag.Rows,
        )

    def _on_filtered(self) -> None:
        which = self.which.currentData()
        self.model.set_rows(self._snapshot.trashed if which is Which.TRASH else self._snapshot.rows)
        self.shown.look_for(self.text.text(), which)
        self._on_selected()

    def _on_selected(self) -> None:
        records = [row.record for row in self.chosen()]
        self._details.setVisible(bool(records))
        self.settings.show_runs(records)
        if self._project is not None:
            self.curves.show_runs(self._project, records)
        self._update_buttons()

    def _update_buttons(self) -> None:
        chosen = [row.record for row in self.chosen()]
        in_trash = self.which.currentData() is Which.TRASH
        may_change = self._project is not None and not self._project.read_only
        one = chosen[0] if len(chosen) == 1 else None
        of_kept = (self.again, self.resume, self.open_model, self.evaluate, self.report, self.trash)
        for button in of_kept:
            button.setVisible(not in_trash)
        for button in (self.restore, self.empty):
            button.setVisible(in_trash)
        self.again.setEnabled(one is not None)
        self.resume.setEnabled(one is not None and one.resumable and self._can_start)
        for button in (self.open_model, self.evaluate, self.report):
            button.setEnabled(one is not None and one.model_path is not None)
        idle = all(run.status != "running" for run in chosen)
        self.trash.setEnabled(bool(chosen) and idle and may_change)
        self.restore.setEnabled(bool(chosen) and may_change)
        self.empty.setEnabled(bool(self._snapshot.trashed) and may_change)
        self.export.setEnabled(self.shown.rowCount() > 0)

    # --- what is done -------------------------------------------------------------------

    def _one(self) -> RunRecord:
        return self.chosen()[0].record

    def _on_again(self) -> None:
        self.again_wanted.emit(self._one())

    def _on_resume(self) -> None:
        self.resume_wanted.emit(self._one())

    def _on_model(self) -> None:
        self.model_wanted.emit(self._one().model_path)

    def _on_evaluate(self) -> None:
        self.evaluate_wanted.emit(self._one().model_path)

    def _on_report(self) -> None:
        self.report_wanted.emit(self._one().id)

    def _on_clicked(self, index: QModelIndex) -> None:
        if index.column() == STAR:
            self._star([self.shown.run(index.row())])

    def _on_star(self) -> None:
        self._star(self.chosen())

    def _star(self, rows: Sequence[RunRow]) -> None:
        if not rows or self.which.currentData() is Which.TRASH:
            return
        starred = not all(row.record.starred for row in rows)
        ids = [row.record.id for row in rows]

        def change(project: Project) -> None:
            for run in ids:
                project.star_run(run, starred)

        self.change_wanted.emit(change)

    def _on_trash(self) -> None:
        if self.trash.isVisible() and self.trash.isEnabled():
            self.trash_wanted.emit([row.record.id for row in self.chosen()])

    def _on_restore(self) -> None:
        ids = [row.record.id for row in self.chosen()]

        def change(project: Project) -> str:
            for run in ids:
                project.restore_run(run)
            return f"{count_of(len(ids), 'run')} restored."

        self.change_wanted.emit(change)

    def _on_empty(self) -> None:
        number = len(self._snapshot.trashed)
        if ask(
            self,
            "Empty the trash",
            f"Delete {count_of(number, 'run')} for good?",
            "Their model files, curves and checkpoints are deleted. This cannot be undone.",
            "Delete for good",
        ):
            self.change_wanted.emit(lambda p: f"{count_of(p.empty_trash(), 'run')} deleted.")

    def _on_export(self) -> None:
        file, _ = QFileDialog.getSaveFileName(self, "Export runs", "runs.csv", "Table (*.csv)")
        if not file:
            return
        try:
            write_runs(Path(file), [row.record for row in self.shown.runs()])
        except FptError as error:
            self.failed.emit(str(error))
