"""Before a run: its settings, and what they will take."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from app.training_panel.estimate_card import EstimateCard
from app.training_panel.settings_form import SettingsForm
from app.widgets.button import make_button
from app.widgets.section import make_hint

_FORM_WIDTH_PX = 360


class PlanPage(QWidget):
    """The form on the left, the estimate on the right.

    Signals:
        start_wanted(), resume_wanted(): Train with these settings, or go on with the last run.
    """

    start_wanted = Signal()
    resume_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.form = SettingsForm()
        self.estimate = EstimateCard()
        self.estimate.nearest_wanted.connect(self.form.use)
        self.start = make_button("startTraining", "Start", self.start_wanted.emit, primary=True)
        self.resume = make_button("resumeTraining", "Resume last run", self.resume_wanted.emit)
        self.needs = make_hint("trainingNeeds")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 12, 12, 12)
        layout.setSpacing(28)
        layout.addWidget(self._left_column())
        layout.addWidget(self.estimate, stretch=2)
        layout.addStretch(1)

    def _left_column(self) -> QWidget:
        column = QWidget()
        inner = QVBoxLayout(column)
        inner.setContentsMargins(0, 0, 12, 0)
        inner.addWidget(self.form)
        inner.addStretch()
        scroll = QScrollArea()
        scroll.setObjectName("settingsScroll")
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(column)
        left = QWidget()
        left.setFixedWidth(_FORM_WIDTH_PX)
        layout = QVBoxLayout(left)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(scroll, stretch=1)
        for widget in (self.needs, self.start, self.resume):
            layout.addWidget(widget)
        return left
