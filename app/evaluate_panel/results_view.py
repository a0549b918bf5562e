"""What was measured: at every threshold, by group, and all figures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QScrollArea, QTabWidget, QVBoxLayout, QWidget

from app.evaluate_panel.decision_page import DecisionPage
from app.evaluate_panel.figure_table import FigureTable
from app.evaluate_panel.groups_page import GroupsPage
from app.evaluate_panel.readings import (
    Answers,
    Charts,
    Row,
    charts,
    figures_at,
    operating_point,
    rows_behind,
)
from app.evaluate_panel.threshold_bar import BY_HAND, ThresholdBar
from app.evaluate_panel.tile import Tile
from app.theme import Colours
from app.widgets.background import BackgroundReader
from app.widgets.section import make_hint
from fpt_core.errors import FptError
from fpt_core.events import Answered

_REST_MS = 250
"""The slider rests so long before intervals are computed for where it stands."""
_CALLED = (
    "Sensitivity, specificity, PPV, NPV, F1, accuracy and kappa here: the most probable class is "
    "called. What the chosen threshold does stands under Threshold."
)


class ResultsView(QWidget):
    """The answers and figures of one measurement, seen by image or patient and by class.

    Signals:
        cell_clicked(row, column): A cell of the confusion matrix.
        not_shown(title, words): Something could not be computed or saved.
    """

    cell_clicked = Signal(int, int)
    not_shown = Signal(str, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.result: Mapping[str, Any] = {}
        """Of the job; empty where nothing is shown."""
        self._answers: dict[str, Answers] = {}
        self._image_ids: tuple[int, ...] = ()
        self._unit, self._index = "image", 0
        self._ranked: Mapping[str, Mapping[str, Any]] = {}
        self._prevalence: dict[str, float] = {}
        self._threshold = 0.5
        self._turn = 0
        self.threshold = ThresholdBar()
        self.decisions = DecisionPage(self._on_not_saved)
        self.groups = GroupsPage(self._on_not_saved)
        self.table = FigureTable("allFigures", "All figures")
        self._reader = BackgroundReader(1, self)
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(_REST_MS)
        self._lay_out()
        self._connect()

    def clear(self) -> None:
        """Forget what was measured."""
        self._answers, self.result = {}, {}

    def take_answers(self, event: Answered) -> None:
        """Keep the answers that the figures to come are of."""
        if not self._answers:
            self._prevalence = {}
        by_image = Answers.of(event)
        self._image_ids = event.measured.image_ids
        self._answers = {"image": by_image, "patient": by_image.by_patient()}

    def show_view(self, unit: str, index: int) -> None:
        """Draw the answers by ``unit``, image or patient, for the class at ``index``."""
        self._unit, self._index = unit, index
        self._turn += 1
        answers = self.shown
        self._reader.start(("charts", self._turn), lambda: charts(answers, index))
        by_unit = self.result[f"by_{unit}"]
        self._ranked = by_unit["by_class"][self._class_name]
        self._show_table(by_unit)
        if self.threshold.rule == BY_HAND:
            self._set_threshold(self._threshold)
        else:
            self._choose_by_rule(self.threshold.rule)

    def set_colours(self, colours: Colours) -> None:
        """Draw in the theme's colours."""
        self.decisions.set_colours(colours)
        self.groups.set_colours(colours)

    def close_readers(self) -> None:
        """Stop computing in the background."""
        self._rest.stop()
        self._reader.close()

    @property
    def shown(self) -> Answers:
        """Of the unit that is looked at."""
        return self._answers[self._unit]

    def case_rows(self) -> tuple[Row, ...]:
        """The images behind the confusion matrix, as the threshold calls them."""
        by_image = self._answers["image"].given
        return rows_behind(
            by_image, self.shown.given, self._image_ids, self._index, self._threshold
        )

    @property
    def call(self) -> str:
        """What the confusion matrix counts, in words."""
        of = ", by patient" if self._unit == "patient" else ""
        return f"{self._class_name} called from {self._threshold:.3f} on{of}"

    @property
    def _class_name(self) -> str:
        return self.shown.given.class_names[self._index]

    # --- threshold --------------------------------------------------------------------

    def _choose_by_rule(self, rule: str) -> None:
        if not self.result:
            return
        answers, index = self.shown, self._index
        kept = self.result["operating_points"]
        self._reader.start(
            ("point", self._turn), lambda: operating_point(answers, index, rule, kept)
        )

    def _on_moved(self, threshold: float) -> None:
        self.threshold.hint.setText(
            "By hand, to see what it would do: an operating point is chosen on validation images "
            "by a rule, never on the test set."
        )
        self._set_threshold(threshold)

    def _set_threshold(self, threshold: float) -> None:
        self._threshold = threshold
        self.threshold.show_threshold(threshold)
        if not self.result:
            return
        share = self._share_having()
        self.decisions.show_threshold(self.shown.given, self._index, threshold, share)
        self._rest.start()

    def _share_having(self) -> float:
        """What the user said, or the share among these images."""
        of_images = float(self.shown.given.positive(self._index).mean())
        return self._prevalence.get(self._class_name, of_images)

    def _on_prevalence_changed(self, share: float) -> None:
        self._prevalence[self._class_name] = share
        self._set_threshold(self._threshold)

    def _on_rested(self) -> None:
        if not self.result:
            return
        answers, index, threshold = self.shown, self._index, self._threshold
        share = self._share_having()
        self._reader.start(
            ("figures", self._turn), lambda: figures_at(answers, index, threshold, share)
        )

    # --- what was computed ------------------------------------------------------------

    def _on_read(self, key: tuple[str, int], found: Any) -> None:
        kind, turn = key
        if turn != self._turn or not self.result:
            return
        if isinstance(found, FptError):
            self._on_not_read(kind, found)
        elif isinstance(found, Charts):
            self.decisions.show_charts(found, float(self.shown.given.positive(self._index).mean()))
        elif kind == "figures":
            self.decisions.show_figures({**self._ranked, **found})
        else:
            self.threshold.hint.setText(
                f"Chosen on {found.images} {found.source} of {found.patients} patients, where it "
                f"has sensitivity {found.sensitivity:.3f} and specificity {found.specificity:.3f}."
            )
            self._set_threshold(found.threshold)

    def _on_not_read(self, kind: str, error: FptError) -> None:
        if kind == "point":
            self.threshold.hint.setText(f"{error.message} {error.remedy}")
            self._set_threshold(self._threshold)
        else:
            self.not_shown.emit("Not shown", str(error))

    def _on_not_saved(self, error: FptError) -> None:
        self.not_shown.emit("Not saved", str(error))

    def _show_table(self, by_unit: Mapping[str, Any]) -> None:
        columns = {**by_unit["by_class"], "mean of classes": by_unit["macro"]}
        columns["all together"] = by_unit["overall"]
        names = list(dict.fromkeys(name for figures in columns.values() for name in figures))
        self.table.show_figures(names, columns)

    # --- construction -----------------------------------------------------------------

    def _lay_out(self) -> None:
        self.tabs = QTabWidget()
        self.tabs.setObjectName("evaluateTabs")
        self.tabs.setDocumentMode(True)
        figures = Tile("All figures", self.table, self._on_not_saved, picture=False)
        figures.layout().setContentsMargins(0, 8, 0, 0)
        figures.layout().addWidget(make_hint("figuresHint", _CALLED))
        scroll = QScrollArea()
        scroll.setObjectName("decisionScroll")
        scroll.setWidgetResizable(True)
        scroll.setWidget(self.decisions)
        self.tabs.addTab(scroll, "Threshold")
        self.tabs.addTab(self.groups, "Groups")
        self.tabs.addTab(figures, "All figures")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.threshold)
        layout.addWidget(self.tabs, stretch=1)

    def _connect(self) -> None:
        self.threshold.moved.connect(self._on_moved)
        self.threshold.rule_wanted.connect(self._choose_by_rule)
        self.decisions.confusion.cell_clicked.connect(self.cell_clicked)
        self.decisions.prevalence_changed.connect(self._on_prevalence_changed)
        self._rest.timeout.connect(self._on_rested)
        self._reader.done.connect(self._on_read)
