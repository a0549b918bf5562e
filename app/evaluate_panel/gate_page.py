"""Before anything is shown: whether the test set is to be opened."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QVBoxLayout, QWidget

from app.evaluate_panel.choice_bar import looks_words
from app.widgets.button import make_button
from app.widgets.section import make_hint

_TEXT_WIDTH_PX = 520
_NO_MODEL = (
    "Nothing to evaluate yet",
    "Train a model, or open a model file to measure it on this project's images.",
)
_NO_IMAGES = ("Nothing to measure on yet", "Import a data set first.")
_WHY = (
    "Figures of a test set that has guided a choice look better than the model is. Choose on "
    "the validation images; the test set is for the last word."
)


class GatePage(QWidget):
    """Asks which images to measure on, and waits while they are.

    Signals:
        measure_wanted(split): test or val.
        stop_wanted(): End the measurement in progress.
    """

    measure_wanted = Signal(str)
    stop_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("evaluateGate")
        self._title = QLabel()
        self._title.setProperty("role", "title")
        self._title.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._text = make_hint("gateText")
        self._text.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.validation = make_button(
            "measureVal",
            "Show validation images",
            lambda: self.measure_wanted.emit("val"),
            primary=True,
        )
        self.test = make_button(
            "measureTest", "Open the test set", lambda: self.measure_wanted.emit("test")
        )
        self.progress = QProgressBar()
        self.progress.setObjectName("evaluateProgress")
        self.stop = make_button("stopEvaluation", "Stop", self.stop_wanted.emit)
        buttons = QHBoxLayout()
        buttons.addStretch()
        for button in (self.validation, self.test, self.stop):
            buttons.addWidget(button)
        buttons.addStretch()
        middle = QWidget()
        middle.setFixedWidth(_TEXT_WIDTH_PX)
        column = QVBoxLayout(middle)
        column.setSpacing(16)
        column.addStretch()
        for widget in (self._title, self._text, self.progress):
            column.addWidget(widget)
        column.addLayout(buttons)
        column.addStretch()
        layout = QHBoxLayout(self)
        layout.addWidget(middle)

    def ask(self, *, looks: int, has_model: bool, has_images: bool) -> None:
        """Ask, or say what is missing."""
        ready = has_model and has_images
        title, text = ("Which images?", f"{looks_words(looks)} {_WHY}")
        if not ready:
            title, text = _NO_MODEL if has_images else _NO_IMAGES
        self._show(title, text, working=False, ready=ready)

    def say_working(self, text: str) -> None:
        """Show that images are being measured."""
        self.progress.setRange(0, 0)
        self._show("Measuring", text, working=True, ready=False)

    def show_progress(self, stage: str, done: int, total: int) -> None:
        """Show how far it has come."""
        self.progress.setFormat(f"{stage}: %v of %m")
        self.progress.setRange(0, total)
        self.progress.setValue(done)

    def _show(self, title: str, text: str, *, working: bool, ready: bool) -> None:
        self._title.setText(title)
        self._text.setText(text)
        for widget in (self.progress, self.stop):
            widget.setVisible(working)
        if working:
            self.stop.setFocus()  # before the button that had it is hidden
        for button in (self.validation, self.test):
            button.setVisible(ready)
