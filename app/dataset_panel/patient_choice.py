"""Whether patients are known, and a pattern of file names for the user to confirm."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QLabel, QLineEdit, QVBoxLayout, QWidget

from app.dataset_panel.words import count_of
from app.widgets.section import make_hint
from fpt_core.dataset.importers.sketch import SourceSketch
from fpt_core.dataset.patients import compile_pattern
from fpt_core.errors import FptError

UNKNOWN = (
    "Patients are not known. Images of one patient may come to be in training and in test, so "
    "leakage can't be excluded and results may look better than they are. A table with a patient "
    "column helps."
)


class PatientChoice(QWidget):
    """Edits the patient pattern of an import.

    Args:
        sketch: The source as it seems to be.
    """

    def __init__(self, sketch: SourceSketch, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._found = None if sketch.patients_known else sketch.pattern
        self._text = make_hint("patientText")
        self.confirm = QCheckBox("Yes, these are the patients")
        self.confirm.setObjectName("confirmPattern")
        self.confirm.setAccessibleName("Use the patients that file names tell")
        self.confirm.setChecked(self._found is not None)
        self.confirm.setVisible(self._found is not None)
        self.confirm.toggled.connect(self._show)
        self.examples = QLabel()
        self.examples.setObjectName("patternExamples")
        self.examples.setTextFormat(Qt.TextFormat.PlainText)
        self.examples.setVisible(self._found is not None)
        self.pattern = QLineEdit("" if self._found is None else self._found.pattern)
        self.pattern.setObjectName("patientPattern")
        self.pattern.setAccessibleName("Pattern of file names, its first group is the patient")
        self.pattern.setPlaceholderText(r"Such as ([^/]+)_[LR]\.jpg$")
        self.pattern.textChanged.connect(self._show)
        self._known = sketch.patients_known
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        for widget in (self._text, self.examples, self.confirm, self.pattern):
            layout.addWidget(widget)
        if self._found is not None:
            lines = [f"{name}  →  {patient}" for name, patient in self._found.examples]
            self.examples.setText("\n".join(lines))
        self.set_advanced(False)
        self._show()

    def set_advanced(self, advanced: bool) -> None:
        """Show the pattern itself, too."""
        self.pattern.setVisible(advanced and not self._known)

    def set_known(self, known: bool) -> None:
        """Whether a column tells the patients, whatever the file names say."""
        self._known = known
        self._show()

    @property
    def chosen(self) -> str | None:
        """The pattern to import with."""
        text = self.pattern.text().strip()
        is_found = self._found is not None and text == self._found.pattern
        if self._known or not text or (is_found and not self.confirm.isChecked()):
            return None
        return text

    @property
    def objection(self) -> str:
        """Why the pattern cannot be used; empty where it can."""
        try:
            if self.chosen is not None:
                compile_pattern(self.chosen)
        except FptError as error:
            return str(error)
        return ""

    def _show(self) -> None:
        found = self._found is not None and not self._known
        self.confirm.setVisible(found)
        self.examples.setVisible(found)
        if self._known:
            text = "Patients are known: no patient will be in more than one split."
        elif self.objection:
            text = self.objection
        elif self.chosen is None:
            text = UNKNOWN
        elif self._found is not None and self.chosen == self._found.pattern:
            text = (
                f"File names seem to tell the patient ({self._found.meaning}): "
                f"{count_of(self._found.patients, 'patient')}. Please check these examples:"
            )
        else:
            text = "File names tell the patient by your own pattern."
        self._text.setText(text)
