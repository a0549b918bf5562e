"""The page on which an import is confirmed: what was recognised, put right where it must be."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app.dataset_panel.source_form import SourceForm
from app.widgets.button import make_button
from app.widgets.choice import make_choice
from app.widgets.elided_label import ElidedLabel
from app.widgets.section import make_hint
from fpt_core.dataset.importers.sketch import SourceSketch
from fpt_core.jobs.requests import ImportRequest

_BUSY = "A job is running; the import can begin when it has ended."


class ImportPage(QWidget):
    """Shows one form per source.

    Signals:
        accepted(): Import as the forms say.
        rejected(): Import nothing.
        labels_wanted(source, labels): Look at a source again, with this table of labels or none.
    """

    accepted = Signal()
    rejected = Signal()
    labels_wanted = Signal(object, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._busy = False
        self._title = ElidedLabel("importTitle")
        self._title.setProperty("role", "title")
        self.sources = make_choice("importSource", "Which source is shown")
        self.sources.currentIndexChanged.connect(self._on_source_chosen)
        self._forms = QStackedWidget()
        self.advanced = QCheckBox("Advanced")
        self.advanced.setObjectName("importAdvanced")
        self.advanced.setAccessibleName("Show splits, folds, seed and the patient pattern")
        self.advanced.toggled.connect(self._on_advanced)
        self._objection = make_hint("importObjection")
        self.start = make_button("startImport", "Import", self.accepted.emit, primary=True)
        self.start.setDefault(True)
        self._cancel = make_button("cancelSketch", "Cancel", self.rejected.emit)
        self._lay_out()

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.addWidget(self._title, stretch=1)
        top.addWidget(self.sources)
        bottom = QHBoxLayout()
        bottom.addWidget(self.advanced)
        bottom.addWidget(self._objection, stretch=1)
        bottom.addWidget(self._cancel)
        bottom.addWidget(self.start)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(14)
        layout.addLayout(top)
        layout.addWidget(self._forms, stretch=1)
        layout.addLayout(bottom)

    @property
    def forms(self) -> list[SourceForm]:
        """The forms, one per source."""
        widgets = [self._forms.widget(place) for place in range(self._forms.count())]
        return [widget for widget in widgets if isinstance(widget, SourceForm)]

    def show_sketches(self, sketches: list[tuple[SourceSketch, Path | None]]) -> None:
        """Ask about these sources, each with the labels it was looked at with."""
        self.clear()
        for sketch, labels in sketches:
            self._forms.addWidget(self._make_form(sketch, labels))
            self.sources.addItem(sketch.source.name, str(sketch.source))
        self.sources.setVisible(len(sketches) > 1)
        self._on_source_chosen()
        self.start.setFocus()

    def replace_sketch(self, sketch: SourceSketch, labels: Path | None) -> None:
        """Show what a source is with other labels."""
        for place, form in enumerate(self.forms):
            if form.sketch.source == sketch.source:
                self._forms.removeWidget(form)
                form.deleteLater()
                self._forms.insertWidget(place, self._make_form(sketch, labels))
                self._forms.setCurrentIndex(self.sources.currentIndex())
        self._on_changed()

    def set_busy(self, busy: bool) -> None:
        """Whether a job runs; an import begins when it has ended."""
        self._busy = busy
        self._on_changed()

    def requests(self, project: Path) -> tuple[ImportRequest, ...]:
        """The imports as the user wants them."""
        return tuple(form.request(project) for form in self.forms)

    def clear(self) -> None:
        """Ask about nothing."""
        for form in self.forms:
            self._forms.removeWidget(form)
            form.deleteLater()
        self.sources.blockSignals(True)
        self.sources.clear()
        self.sources.blockSignals(False)

    def _make_form(self, sketch: SourceSketch, labels: Path | None) -> SourceForm:
        form = SourceForm(sketch, labels)
        form.set_advanced(self.advanced.isChecked())
        form.changed.connect(self._on_changed)
        form.labels_wanted.connect(lambda labels: self.labels_wanted.emit(sketch.source, labels))
        return form

    def _on_source_chosen(self) -> None:
        place = self.sources.currentIndex()
        if place >= 0:
            self._forms.setCurrentIndex(place)
            self._title.set_whole_text(
                f"Import {self.forms[place].sketch.source.name}",
                str(self.forms[place].sketch.source),
            )
        self._on_changed()

    def _on_changed(self) -> None:
        forms = self.forms
        self.start.setText("Import" if len(forms) < 2 else f"Import all {len(forms)}")
        objections = [_BUSY] if self._busy else []
        objections += [
            f"{form.sketch.source.name}: {form.objection}" if len(forms) > 1 else form.objection
            for form in forms
            if form.objection
        ]
        self._objection.setText(objections[0] if objections else "")
        self.start.setEnabled(bool(forms) and not objections)

    def _on_advanced(self, advanced: bool) -> None:
        for form in self.forms:
            form.set_advanced(advanced)
