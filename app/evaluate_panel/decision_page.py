"""What a threshold does: curves, confusion and people, which all move with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QDoubleSpinBox, QGridLayout, QWidget

from app.evaluate_panel.confusion_view import ConfusionView
from app.evaluate_panel.curve_plot import CurvePlot
from app.evaluate_panel.figure_table import FigureTable
from app.evaluate_panel.people_view import PeopleView
from app.evaluate_panel.readings import Charts
from app.evaluate_panel.reliability_plot import ReliabilityPlot
from app.evaluate_panel.tile import Tile
from app.theme import Colours
from fpt_core.errors import FptError
from fpt_core.evaluation.calls import Calls, calls, confusion_at
from fpt_core.evaluation.people import people
from fpt_core.evaluation.sample import Sample

_AT_THRESHOLD = ("sensitivity", "specificity", "ppv", "npv", "f1")
_OF_RANKING = ("auc", "auc_delong", "average_precision")
_LOWEST = -0.1
"""Net benefit below it is not worth drawing."""
_LEAST_WIDTH_PX, _LEAST_HEIGHT_PX, _SPIN_WIDTH_PX = 200, 400, 84
_CHANCE = ([0.0, 1.0], [0.0, 1.0])


class DecisionPage(QWidget):
    """One class at one threshold.

    Args:
        failed: Told where a picture cannot be written.

    Signals:
        prevalence_changed(share): The user thinks of other people than these.
    """

    prevalence_changed = Signal(float)

    def __init__(self, failed: Callable[[FptError], None]) -> None:
        super().__init__()
        self.roc = CurvePlot("rocPlot", "ROC curve", "1 - specificity", "sensitivity")
        self.precision_recall = CurvePlot(
            "precisionRecallPlot", "Precision-recall curve", "recall", "precision"
        )
        self.reliability = ReliabilityPlot("reliabilityPlot", "Calibration")
        self.net_benefit = CurvePlot(
            "netBenefitPlot", "Decision curve", "threshold", "net benefit", unit_axes=False
        )
        self.confusion = ConfusionView("confusionView")
        self.people_view = PeopleView("peopleView")
        self.figures = FigureTable("thresholdFigures", "Figures at this threshold")
        self.figures.horizontalHeader().hide()
        self.prevalence = QDoubleSpinBox()
        self.prevalence.setObjectName("prevalence")
        self.prevalence.setAccessibleName("Of whom so many percent have it")
        self.prevalence.setRange(0.1, 99.9)
        self.prevalence.setDecimals(1)
        self.prevalence.setSuffix(" %")
        self.prevalence.setToolTip("Of whom so many percent have it")
        self.prevalence.setFixedWidth(_SPIN_WIDTH_PX)
        self.prevalence.valueChanged.connect(
            lambda value: self.prevalence_changed.emit(value / 100)
        )
        self.setMinimumHeight(_LEAST_HEIGHT_PX)
        self._lay_out(failed)

    def show_charts(self, charts: Charts, prevalence: float) -> None:
        """Draw the curves of a class."""
        roc, pr = charts.roc, charts.precision_recall
        self.roc.show_references([_CHANCE])
        self.roc.show_curve(roc.x, roc.y, roc.thresholds, roc.band, roc.note)
        self.precision_recall.show_references([([0.0, 1.0], [prevalence, prevalence])])
        self.precision_recall.show_curve(pr.x, pr.y, pr.thresholds, pr.band, pr.note)
        self.reliability.show_bins(charts.reliability, charts.uncalibrated)
        at = [point.threshold for point in charts.net_benefit]
        model = [point.model for point in charts.net_benefit]
        everyone = [point.everyone for point in charts.net_benefit if point.everyone > _LOWEST]
        self.net_benefit.show_curve(at, model, at)
        self.net_benefit.show_references(
            [(at[: len(everyone)], everyone), ([0.0, 1.0], [0.0, 0.0])]
        )
        top = max(-_LOWEST, *model, *everyone)
        self.net_benefit.setRange(xRange=(0, 1), yRange=(_LOWEST, top), padding=0.02)

    def show_threshold(
        self, sample: Sample, index: int, threshold: float, prevalence: float
    ) -> None:
        """Move everything to ``threshold``."""
        found = calls(sample, index, threshold)
        specificity, sensitivity = found.specificity, found.sensitivity
        alarms = None if specificity is None else 1 - specificity
        self.roc.set_mark(alarms, sensitivity)
        self.precision_recall.set_mark(sensitivity, found.ppv)
        self.reliability.set_threshold(threshold)
        self.net_benefit.set_mark(threshold, found.net_benefit(threshold))
        matrix = confusion_at(sample, index, threshold)
        self.confusion.show_matrix(sample.class_names, matrix.tolist())
        with QSignalBlocker(self.prevalence):
            self.prevalence.setValue(100 * prevalence)
        self._show_people(found, prevalence)

    def show_figures(self, figures: Mapping[str, Mapping[str, Any]]) -> None:
        """Show the class' figures at this threshold."""
        names = [name for name in (*_AT_THRESHOLD, *_OF_RANKING) if name in figures]
        self.figures.show_figures(names, {"at this threshold": figures})

    def set_colours(self, colours: Colours) -> None:
        """Draw in the theme's colours."""
        for view in (
            self.roc,
            self.precision_recall,
            self.reliability,
            self.net_benefit,
            self.confusion,
            self.people_view,
        ):
            view.set_colours(colours)

    def _show_people(self, found: Calls, prevalence: float) -> None:
        if found.sensitivity is None or found.specificity is None:
            missing = "none of the class" if found.sensitivity is None else "no others"
            self.people_view.show_people(None, f"Not to be told: {missing} are among the images.")
        else:
            told = people(found.sensitivity, found.specificity, prevalence)
            self.people_view.show_people(told, "")

    def _lay_out(self, failed: Callable[[FptError], None]) -> None:
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 8, 0, 0)
        layout.setHorizontalSpacing(14)
        layout.setVerticalSpacing(10)
        tiles = (
            (Tile("ROC", self.roc, failed), 0, 0, 1),
            (Tile("Precision, recall", self.precision_recall, failed), 0, 1, 1),
            (Tile("Calibration", self.reliability, failed), 0, 2, 1),
            (Tile("Decision curve", self.net_benefit, failed), 0, 3, 1),
            (Tile("Confusion matrix", self.confusion, failed), 1, 0, 1),
            (Tile("Of 1,000 people", self.people_view, failed, self.prevalence), 1, 1, 1),
            (Tile("Figures", self.figures, failed, picture=False), 1, 2, 2),
        )
        for tile, row, column, span in tiles:
            layout.addWidget(tile, row, column, 1, span)
        for column in range(4):
            layout.setColumnStretch(column, 1)
            layout.setColumnMinimumWidth(column, _LEAST_WIDTH_PX)
        for row in range(2):
            layout.setRowStretch(row, 1)
