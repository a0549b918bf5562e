"""What was recognised in one source, and the user's corrections."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QListWidget,
    QScrollArea,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from app.dataset_panel.patient_choice import PatientChoice
from app.dataset_panel.split_form import SplitForm
from app.dataset_panel.table_mapping import TableMapping
from app.dataset_panel.words import TABLE_FILTER, count_of
from app.widgets.choice import make_choice
from app.widgets.section import Section, make_hint
from fpt_core.dataset.frames import FrameRule
from fpt_core.dataset.importers.columns import ColumnChoice
from fpt_core.dataset.importers.sketch import SourceSketch
from fpt_core.jobs.requests import ImportRequest

_LEFT_WIDTH_PX = 450
_ANOTHER_TABLE = object()
_WITHOUT_TABLE = {
    "class-folders": "Names of the folders",
    "dicom": "Choose…",
    "npz": "The archive itself",
    "table": "Choose…",
}


class SourceForm(QWidget):
    """Edits the import request of one source.

    Args:
        sketch: The source as it seems to be.
        labels: The table that it was looked at with; ``None``: with what lies in it.

    Signals:
        changed(): Something was chosen.
        labels_wanted(labels): Look at the source again with this table of labels, or with none.
    """

    changed = Signal()
    labels_wanted = Signal(object)

    def __init__(
        self, sketch: SourceSketch, labels: Path | None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.sketch, self._labels = sketch, labels
        self.labels_from = self._make_labels_box()
        self.mapping = self._make_mapping()
        self.patients = PatientChoice(sketch)
        self.rule = make_choice(
            "sliceRule",
            "Slices and frames",
            [("All of them", "all"), ("The middle one", "middle"), ("Every n-th", "every")],
        )
        self.step = QSpinBox()
        self.step.setObjectName("sliceStep")
        self.step.setAccessibleName("Take every n-th slice")
        self.step.setRange(2, 1000)
        self.step.setValue(5)
        self.step.hide()
        self.rule.currentIndexChanged.connect(self._on_rule_changed)
        self.splits = SplitForm()
        if self.mapping is not None:
            self.mapping.changed.connect(self._on_mapping_changed)
        self.patients.confirm.toggled.connect(self.changed)
        self.patients.pattern.textChanged.connect(self.changed)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(24)
        layout.addWidget(self._left_column())
        layout.addWidget(self._right_column(), stretch=1)
        self.set_advanced(False)
        self._on_mapping_changed()

    # --- the answer ---------------------------------------------------------------------

    def request(self, project: Path) -> ImportRequest:
        """The import as the user wants it."""
        kind = self.rule.currentData()
        return ImportRequest(
            project,
            self.sketch.source,
            None if self._label_tag else self._labels,
            ColumnChoice() if self.mapping is None else self.mapping.choice.settled(),
            self._label_tag,
            self.patients.chosen,
            FrameRule(kind, self.step.value() if kind == "every" else 1),
            self.splits.val_share,
            self.splits.test_share,
            self.splits.folds.value(),
            self.splits.seed.value(),
        )

    @property
    def objection(self) -> str:
        """What is still to be chosen; empty where the import can begin."""
        if self._label_tag is not None:
            return self.patients.objection
        if self.mapping is not None and not self.mapping.is_complete:
            return "Choose the columns that hold the file and the label."
        if self.mapping is None and not self.sketch.class_names:
            return "Choose where the labels come from."
        return self.patients.objection

    @property
    def _label_tag(self) -> str | None:
        chosen = self.labels_from.currentData()
        return chosen if isinstance(chosen, str) else None

    def set_advanced(self, advanced: bool) -> None:
        """Show shares, folds, seed and the patient pattern."""
        self._splits_section.setVisible(advanced)
        self.patients.set_advanced(advanced)

    # --- events -------------------------------------------------------------------------

    def _on_labels_chosen(self) -> None:
        chosen = self.labels_from.currentData()
        if self.mapping is not None:  # an attribute of the files needs no table
            self.mapping.setVisible(self._label_tag is None)
        if chosen is _ANOTHER_TABLE:
            self._choose_table()
        elif isinstance(chosen, str):
            self.changed.emit()
        elif self.labels_from.currentIndex() != self._chosen_place:
            self.labels_wanted.emit(chosen)
        else:
            self.changed.emit()

    def _choose_table(self) -> None:
        with QSignalBlocker(self.labels_from):
            self.labels_from.setCurrentIndex(self._chosen_place)
        file, _ = QFileDialog.getOpenFileName(
            self, "Table of files and labels", str(self.sketch.source.parent), TABLE_FILTER
        )
        if file:
            self.labels_wanted.emit(Path(file))

    def _on_rule_changed(self) -> None:
        self.step.setVisible(self.rule.currentData() == "every")

    def _on_mapping_changed(self) -> None:
        if self.mapping is not None:
            by_column = self.mapping.choice.patient is not None
            guessed = self.sketch.table is not None and self.sketch.table.guess.patient is not None
            # Without the guessed column, only the files themselves could tell.
            self.patients.set_known(by_column or (self.sketch.patients_known and not guessed))
        self.changed.emit()

    # --- construction -------------------------------------------------------------------

    def _make_labels_box(self) -> QComboBox:
        sketch = self.sketch
        table = None if sketch.table is None else sketch.table.path
        tables = dict.fromkeys([*([] if table is None else [table]), *sketch.tables])
        items: list[tuple[str, object]] = []
        if table is None:
            items.append((_WITHOUT_TABLE[sketch.kind], None))
        items += [(f"Table {path.name}", path) for path in tables]
        items += [
            (f"DICOM attribute {tag} ({count_of(number, 'value')})", tag)
            for tag, number in sketch.label_tags
        ]
        items.append(("Another table…", _ANOTHER_TABLE))
        box = make_choice("labelsFrom", "Where the labels come from", items)
        self._chosen_place = 0
        box.currentIndexChanged.connect(self._on_labels_chosen)
        return box

    def _make_mapping(self) -> TableMapping | None:
        table = self.sketch.table
        if table is None:
            return None
        folders = table.guess.label is None and bool(self.sketch.class_names)
        return TableMapping(table, folder_labels=folders)

    def _left_column(self) -> QWidget:
        column = QWidget()
        layout = QVBoxLayout(column)
        layout.setContentsMargins(0, 0, 12, 0)
        layout.setSpacing(18)
        notes = [make_hint(f"note{place}", note) for place, note in enumerate(self.sketch.notes)]
        found = make_hint("recognised", recognised(self.sketch))
        layout.addWidget(Section("Found", found, *notes))
        layout.addWidget(Section("Patients", self.patients))
        labels: list[QWidget] = [self.labels_from]
        if self.mapping is not None:
            labels.append(self.mapping)
        layout.addWidget(Section("Labels", *labels))
        if self.sketch.has_slices:
            layout.addWidget(Section("Slices and frames", self._rule_row()))
        self._splits_section = Section("Splits", self.splits)
        layout.addWidget(self._splits_section)
        layout.addStretch()
        scroll = QScrollArea()
        scroll.setObjectName("importScroll")
        scroll.setAccessibleName("What was recognised")
        scroll.setWidget(column)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFixedWidth(_LEFT_WIDTH_PX)
        return scroll

    def _rule_row(self) -> QWidget:
        row = QWidget()
        layout = QHBoxLayout(row)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.rule, stretch=1)
        layout.addWidget(self.step)
        return row

    def _right_column(self) -> QWidget:
        if self.mapping is not None:
            return Section("First rows", self.mapping.preview)
        names = QListWidget()
        names.setObjectName("classNames")
        names.setAccessibleName("Classes found")
        names.setSelectionMode(QListWidget.SelectionMode.NoSelection)
        names.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        names.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        names.addItems(list(self.sketch.class_names))
        return Section(f"Classes ({len(self.sketch.class_names)})", names)


def recognised(sketch: SourceSketch) -> str:
    """In words, what the source seems to be."""
    files, classes = count_of(sketch.num_files, "file"), len(sketch.class_names)
    in_classes = f" in {classes:,} classes" if classes else ""
    if sketch.table is not None:
        rows = count_of(sketch.table.num_rows, "row")
        return f"A table of labels, {sketch.table.path.name}, with {rows}; {files}{in_classes}."
    if sketch.kind == "class-folders":
        return f"A folder for each class: {files}{in_classes}."
    if sketch.kind == "npz":
        return f"An archive of arrays (npz): {files.replace('file', 'image')}{in_classes}."
    return f"DICOM: {files}{in_classes}."
