"""Which labels verdicts would change, before any is changed."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.dataset_panel.words import count_of
from app.widgets.button import make_button
from app.widgets.section import make_hint
from fpt_core.dataset.feedback import FeedbackPlan

_COLUMNS = ("Image", "Label now", "Would be", "Reader")
_SIZE_PX = (640, 420)


class FeedbackDialog(QDialog):
    """Shows a plan.

    Args:
        plan: What would change.

    Signals:
        labels_wanted(changes): Change these labels.
        images_wanted(new, folder): Look for these images in a folder and add them.
    """

    labels_wanted = Signal(object)
    images_wanted = Signal(object, object)

    def __init__(self, plan: FeedbackPlan, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("feedbackDialog")
        self.setWindowTitle("Verdicts as labels")
        self.resize(*_SIZE_PX)
        self._plan = plan
        table = QTableWidget(len(plan.changes), len(_COLUMNS))
        table.setObjectName("feedbackChanges")
        table.setAccessibleName("Labels that would change")
        table.setHorizontalHeaderLabels(_COLUMNS)
        table.verticalHeader().hide()
        table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        table.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
        table.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for row, change in enumerate(plan.changes):
            image = change.image
            texts = (image.path.name, image.class_name, change.class_name, change.reader)
            for column, text in enumerate(texts):
                table.setItem(row, column, QTableWidgetItem(text))
        change = make_button(
            "applyFeedback", f"Change {count_of(len(plan.changes), 'label')}", self._on_labels
        )
        change.setProperty("role", "primary")
        change.setEnabled(bool(plan.changes))
        add = make_button("findNewImages", "Add images from folder…", self._on_images)
        add.setVisible(bool(plan.new))
        buttons = QHBoxLayout()
        buttons.addWidget(add)
        buttons.addStretch()
        buttons.addWidget(make_button("cancelFeedback", "Cancel", self.reject))
        buttons.addWidget(change)
        layout = QVBoxLayout(self)
        layout.addWidget(make_hint("feedbackSummary", in_words(plan)))
        layout.addWidget(table, stretch=1)
        layout.addLayout(buttons)

    def _on_labels(self) -> None:
        self.accept()
        self.labels_wanted.emit(self._plan.changes)

    def _on_images(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, "Where do these images lie?")
        if folder:
            self.accept()
            self.images_wanted.emit(self._plan.new, Path(folder))


def in_words(plan: FeedbackPlan) -> str:
    """What would change and what would not."""
    parts = [f"{count_of(len(plan.changes), 'label')} would change; each change can be undone."]
    if plan.as_labelled:
        parts.append(f"{count_of(plan.as_labelled, 'image')} are labelled so already.")
    if plan.open:
        parts.append(f"Of {count_of(plan.open, 'image')} no reader says the class.")
    if plan.disputed:
        parts.append(
            f"{count_of(len(plan.disputed), 'image')} are called differently by different readers "
            "and stay as they are."
        )
    if plan.new:
        parts.append(
            f"{count_of(len(plan.new), 'image')} are not in the project: they are found by their "
            "content in a folder that you choose, and added with their patients."
        )
    return " ".join(parts)
