"""ROC, precision-recall and decision curves: a line, its band, and where the threshold stands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, Qt

from app.evaluate_panel.plot import Plot

if TYPE_CHECKING:
    from fpt_core.evaluation.curves import Band

_NEAR = 0.08
"""Of the axes' lengths: farther from the curve nothing is read."""
_MARK_PX, _CURSOR_PX = 11, 9


class CurvePlot(Plot):
    """One curve over thresholds.

    Args:
        name: Object name.
        title: What it shows.
        x_label: Quantity of the horizontal axis.
        y_label: Quantity of the vertical axis.
        unit_axes: Whether both axes go from 0 to 1.
    """

    def __init__(
        self, name: str, title: str, x_label: str, y_label: str, *, unit_axes: bool = True
    ) -> None:
        super().__init__(name, title, x_label, y_label)
        self._words = (x_label, y_label)
        self._x = self._y = self._thresholds = np.zeros(0)
        self._references: list[pg.PlotDataItem] = []
        self._low, self._high = pg.PlotDataItem(), pg.PlotDataItem()
        self._band = pg.FillBetweenItem(self._low, self._high)
        self._line = pg.PlotDataItem()
        self._mark = pg.ScatterPlotItem(size=_MARK_PX)
        self._cursor = pg.ScatterPlotItem(size=_CURSOR_PX)
        for item in (self._band, self._line, self._mark, self._cursor):
            self.addItem(item)
        if unit_axes:
            self.use_unit_axes()

    @property
    def mark(self) -> tuple[float, float] | None:
        """Where the threshold stands."""
        points = self._mark.points()
        return (points[0].pos().x(), points[0].pos().y()) if len(points) else None

    def show_curve(
        self,
        x: Sequence[float],
        y: Sequence[float],
        thresholds: Sequence[float],
        band: Band | None = None,
        note: str = "",
    ) -> None:
        """Draw a curve, or say why there is none."""
        self._x, self._y = np.asarray(x, float), np.asarray(y, float)
        self._thresholds = np.asarray(thresholds, float)
        self._line.setData(self._x, self._y)
        self._band.setVisible(band is not None)
        if band is not None:
            self._low.setData(band.x, band.low)
            self._high.setData(band.x, band.high)
        self._cursor.setData([], [])
        self.set_note(note)

    def show_references(self, lines: Sequence[tuple[Sequence[float], Sequence[float]]]) -> None:
        """Draw dashed lines to compare with: chance, treating everyone."""
        for line in self._references:
            self.removeItem(line)
        self._references = [pg.PlotDataItem(*line) for line in lines]
        for line in self._references:
            line.setZValue(-1)
            self.addItem(line)
        self.draw_in_colours()

    def set_mark(self, x: float | None, y: float | None) -> None:
        """Mark where the threshold stands; nowhere where a value is none."""
        if x is None or y is None:
            self._mark.setData([], [])
        else:
            self._mark.setData([x], [y])

    def values_at(self, place: QPointF) -> str:
        """The values of the nearest point of the curve."""
        if not len(self._x) or not np.isfinite(place.x()):
            self._cursor.setData([], [])
            return ""
        (left, right), (bottom, top) = self.viewRange()
        away = np.hypot(
            (self._x - place.x()) / (right - left), (self._y - place.y()) / (top - bottom)
        )
        nearest = int(away.argmin())
        if away[nearest] > _NEAR:
            self._cursor.setData([], [])
            return ""
        x, y = float(self._x[nearest]), float(self._y[nearest])
        self._cursor.setData([x], [y])
        names = dict(zip(self._words, (x, y), strict=True))
        names["threshold"] = float(self._thresholds[nearest])
        return "\n".join(f"{name} {value:.3f}" for name, value in names.items())

    def table(self) -> list[list[str]]:
        """The curve as rows."""
        rows = zip(self._thresholds, self._x, self._y, strict=True)
        return [["threshold", *self._words], *([f"{v:.6g}" for v in row] for row in rows)]

    def draw_in_colours(self) -> None:
        """Line and band in the accent, references muted, the mark in the second colour."""
        colours = self.colours
        self._line.setPen(pg.mkPen(colours.accent, width=2))
        self._band.setBrush(self.brush(colours.accent, 0.18))
        for edge in (self._low, self._high):
            edge.setPen(None)
        for line in self._references:
            line.setPen(pg.mkPen(colours.muted, width=1, style=Qt.PenStyle.DashLine))
        self._mark.setBrush(colours.second)
        self._mark.setPen(pg.mkPen(colours.background, width=1.5))
        self._cursor.setBrush(None)
        self._cursor.setPen(pg.mkPen(colours.text, width=1.5))
