"""One model file, as its card tells it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFormLayout, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from app.models_panel.card_words import sections
from app.training_panel.words import size_text
from app.widgets.button import make_button
from app.widgets.elided_label import ElidedLabel
from fpt_core.model_file import ModelSummary

_EMPTY = (
    "Choose a model of this project, or drop a model file (.fpt) on the window: you see its "
    "classes, its backbone, its figures and its limits before you use it."
)


class CardView(QWidget):
    """Shows a ``ModelSummary``.

    Signals:
        review_wanted(path): Review images with this model.
    """

    review_wanted = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.summary: ModelSummary | None = None
        self._title = ElidedLabel("modelTitle")
        self._title.setProperty("role", "title")
        self.review = make_button(
            "reviewModel", "Review with this model", self._on_review, primary=True
        )
        self._scroll = QScrollArea()
        self._scroll.setObjectName("cardScroll")
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        top = QHBoxLayout()
        top.addWidget(self._title, stretch=1)
        top.addWidget(self.review)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(top)
        layout.addWidget(self._scroll, stretch=1)
        self.show_nothing()

    def show_nothing(self) -> None:
        """No model has been chosen."""
        self.summary = None
        self._title.set_whole_text("No model chosen")
        self.review.hide()
        hint = _text_label(_EMPTY)
        hint.setProperty("role", "hint")
        self._scroll.setWidget(hint)

    def show_summary(self, summary: ModelSummary) -> None:
        """Show what the file says."""
        self.summary = summary
        size = size_text(summary.file_bytes)
        self._title.set_whole_text(f"{summary.path.name} · {size}", str(summary.path))
        self.review.show()
        self.review.setEnabled(summary.backbone.here)
        self.review.setToolTip("" if summary.backbone.here else summary.backbone.remedy)
        content = QWidget()
        form = QFormLayout(content)
        form.setContentsMargins(0, 0, 12, 0)
        form.setHorizontalSpacing(24)
        form.setVerticalSpacing(14)
        for heading, text in sections(summary):
            label = QLabel(heading)
            label.setProperty("role", "hint")
            form.addRow(label, _text_label(text))
        self._scroll.setWidget(content)

    def _on_review(self) -> None:
        assert self.summary is not None, "the button is there with a model alone"
        self.review_wanted.emit(self.summary.path)


def _text_label(text: str) -> QLabel:
    label = QLabel(text)
    label.setWordWrap(True)
    label.setAlignment(Qt.AlignmentFlag.AlignTop)
    label.setTextInteractionFlags(
        Qt.TextInteractionFlag.TextSelectableByMouse
        | Qt.TextInteractionFlag.TextSelectableByKeyboard
    )
    return label
