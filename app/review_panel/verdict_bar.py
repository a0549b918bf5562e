"""The reader's own word on the image on screen."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QComboBox, QFrame, QGridLayout, QHBoxLayout, QLineEdit, QWidget

from app.review_panel.subject import Subject
from app.widgets.button import make_button
from app.widgets.menu_button import make_menu_button
from app.widgets.reader_field import ReaderField
from app.widgets.section import make_hint
from fpt_core.dataset.verdict_table import Verdict

KEYS = (
    ("A", "You agree with the answer"),
    ("D", "You disagree with it"),
    ("N, P", "Next and previous case"),
)
_LEFT_OPEN = "It is…"


class VerdictBar(QFrame):
    """Hidden while there is no answer to judge, or no project that could keep a verdict.

    Signals:
        given(agrees, class_name, note): The reader's verdict.
        taken_back(): There is none any more.
        label_wanted(class_name): Label the image so.
    """

    given = Signal(bool, str, str)
    taken_back = Signal()
    label_wanted = Signal(str)

    def __init__(
        self, ways: Sequence[tuple[str, str, Callable[[], object]]], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("verdictBar")
        self.setProperty("role", "message")
        self._subject: Subject | None = None
        self._answer = ""
        self.agree = make_button("agree", "✓ Agree", lambda: self._on_judged(True))
        self.disagree = make_button("disagree", "✗ Disagree", lambda: self._on_judged(False))
        for button, key in ((self.agree, "A"), (self.disagree, "D")):
            button.setCheckable(True)
            button.setToolTip(f"{key}; again takes it back")
        self.classes = QComboBox()
        self.classes.setObjectName("verdictClass")
        self.classes.setAccessibleName("What the image shows")
        self.classes.setMinimumContentsLength(10)
        self.classes.activated.connect(lambda _: self._on_class())
        self.note = QLineEdit()
        self.note.setObjectName("verdictNote")
        self.note.setAccessibleName("Note")
        self.note.setPlaceholderText("Note (no names of patients)")
        self.note.editingFinished.connect(self._on_note)
        self.reader = ReaderField("verdictReader")
        self.label = make_button("labelAsVerdict", "Label it so", self._on_label)
        more = make_menu_button("verdictMenu", "Verdicts", ways)
        self._said = make_hint("verdictSaid")
        self._said.setWordWrap(False)
        first, second = QHBoxLayout(), QHBoxLayout()
        for widget in (self.agree, self.disagree, self.classes, self.label):
            first.addWidget(widget)
        first.addStretch()
        first.addWidget(self._said)
        second.addWidget(self.note, stretch=1)
        second.addWidget(self.reader)
        second.addWidget(more)
        layout = QGridLayout(self)
        layout.setContentsMargins(10, 8, 10, 8)
        layout.setVerticalSpacing(6)
        layout.addLayout(first, 0, 0)
        layout.addLayout(second, 1, 0)
        self.hide()

    def add_shortcuts(self, panel: QWidget) -> None:
        """Let the keys work everywhere in ``panel``."""
        for key, button in (("A", self.agree), ("D", self.disagree)):
            shortcut = QShortcut(QKeySequence(key), panel)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(lambda button=button: self.isVisible() and button.click())

    def show_subject(self, subject: Subject | None, answer: str) -> None:
        """Show what was said of an image, and the model's answer to judge; hide for none."""
        before, self._subject, self._answer = self._subject, subject, answer
        same = before is not None and subject is not None and before.path == subject.path
        self.setVisible(subject is not None and bool(answer))
        if subject is None:
            return
        verdict = subject.verdict
        with QSignalBlocker(self.classes):
            self.classes.clear()
            self.classes.addItem(_LEFT_OPEN, "")
            for name in subject.class_names:
                self.classes.addItem(name, name)
            index = self.classes.findData("" if verdict is None else verdict.class_name)
            self.classes.setCurrentIndex(max(index, 0))
        self.agree.setChecked(verdict is not None and verdict.agrees)
        self.disagree.setChecked(verdict is not None and not verdict.agrees)
        if not (same and self.note.isModified()):  # what is being written stays
            self.note.setText("" if verdict is None else verdict.note)
        self._said.setText("" if verdict is None else "Kept")
        self._update_label()

    def verdict(self, image_hash: str, agrees: bool, class_name: str, note: str) -> Verdict:
        """A verdict on this image by the reader who is named."""
        return Verdict(
            image_hash, agrees, class_name, answer=self._answer, note=note, reader=self.reader.name
        )

    def _on_judged(self, agrees: bool) -> None:
        button, other = (self.agree, self.disagree) if agrees else (self.disagree, self.agree)
        if not button.isChecked():
            self._said.setText("")
            self.taken_back.emit()
            return
        other.setChecked(False)
        wanted = self._answer if agrees else self._other_class()
        self.classes.setCurrentIndex(max(self.classes.findData(wanted), 0))
        self._give()

    def _other_class(self) -> str:
        """Of two classes the one that the model did not answer; of more the reader says which."""
        names = [] if self._subject is None else [*self._subject.class_names]
        chosen = self.classes.currentData()
        if chosen and chosen != self._answer:
            return str(chosen)
        others = [name for name in names if name != self._answer]
        return others[0] if len(others) == 1 else ""

    def _on_class(self) -> None:
        name = self.classes.currentData()
        agrees = name == self._answer
        self.agree.setChecked(agrees)
        self.disagree.setChecked(not agrees)
        self._give()

    def _on_note(self) -> None:
        if self.note.isModified() and (self.agree.isChecked() or self.disagree.isChecked()):
            self._give()

    def _give(self) -> None:
        self._said.setText("Keeping…")
        self.note.setModified(False)
        self._update_label()
        self.given.emit(
            self.agree.isChecked(), str(self.classes.currentData()), self.note.text().strip()
        )

    def _update_label(self) -> None:
        name = self.classes.currentData()
        image = None if self._subject is None else self._subject.image
        wanted = image is not None and bool(name) and name != image.class_name
        self.label.setVisible(wanted)
        self.label.setText(f"Label it {name}")

    def _on_label(self) -> None:
        self.label_wanted.emit(str(self.classes.currentData()))
