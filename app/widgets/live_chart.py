"""A chart that grows while a job runs."""

from __future__ import annotations

import pyqtgraph as pg
from PySide6.QtCore import Qt

from app.theme import Colours

_MAX_POINTS = 5000
"""Beyond this every second point is dropped, so that memory stays flat for hours."""


class LiveChart(pg.PlotWidget):
    """Lines over a common axis, with a legend.

    Args:
        title: What is shown.
        x_label: What the horizontal axis counts.
        y_label: Quantity, with its unit.
        legend: Whether the lines are named; a single line is named by the title.
    """

    def __init__(
        self,
        name: str,
        title: str,
        x_label: str,
        y_label: str,
        *,
        legend: bool = False,
    ) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setAccessibleName(title)
        self._title, self._x_label, self._y_label = title, x_label, y_label
        self._points: dict[str, tuple[list[float], list[float]]] = {}
        self._lines: dict[str, pg.PlotDataItem] = {}
        self._limit: pg.InfiniteLine | None = None
        self._marks: dict[str, bool] = {}
        self.setMenuEnabled(False)
        self.hideButtons()
        self.setMouseEnabled(x=False, y=False)
        if legend:
            self.addLegend(offset=(-8, 8))
        self.getAxis("bottom").setHeight(44)
        self.getAxis("left").setWidth(58)
        # pyqtgraph lets an axis' name stand out over the edge by a few pixels.
        self.plotItem.setContentsMargins(4, 2, 8, 6)
        self.setMinimumHeight(120)

    def add_line(self, name: str, *, points: bool = False) -> None:
        """A line called ``name``; with ``points`` its values are marked and it is dashed."""
        self._points[name] = ([], [])
        self._marks[name] = points
        self._lines[name] = self.plot([], [], name=name)

    def append(self, name: str, x: float, y: float) -> None:
        """Add a point to a line."""
        xs, ys = self._points[name]
        xs.append(x)
        ys.append(y)
        if len(xs) > _MAX_POINTS:
            del xs[1:-1:2], ys[1:-1:2]
        self._lines[name].setData(xs, ys)

    def set_limit(self, value: float, label: str) -> None:
        """A dashed level to compare with."""
        if self._limit is not None:
            self.removeItem(self._limit)
        self._limit = pg.InfiniteLine(
            value,
            angle=0,
            label=label,
            labelOpts={"position": 0.5, "anchors": [(0.5, 0.0), (0.5, 0.0)]},
        )
        self.addItem(self._limit)
        self.setYRange(0, value * 1.08)

    def clear_points(self) -> None:
        """Start over."""
        for name, line in self._lines.items():
            self._points[name] = ([], [])
            line.setData([], [])

    def points(self, name: str) -> tuple[list[float], list[float]]:
        """A line's points so far."""
        return self._points[name]

    def set_colours(self, colours: Colours) -> None:
        """Draw in the theme's colours."""
        self.setBackground(colours.background)
        self.setTitle(self._title, color=colours.text, size="10pt")
        for side, label in (("bottom", self._x_label), ("left", self._y_label)):
            axis = self.getAxis(side)
            axis.setPen(colours.grid)
            axis.setTextPen(colours.muted)
            axis.setLabel(label, color=colours.muted)
            axis.enableAutoSIPrefix(False)
        self.showGrid(x=True, y=True, alpha=0.15)
        for (name, line), colour in zip(
            self._lines.items(), (colours.accent, colours.second), strict=False
        ):
            style = Qt.PenStyle.DashLine if self._marks[name] else Qt.PenStyle.SolidLine
            line.setPen(pg.mkPen(colour, width=2, style=style))
            line.setSymbol("o" if self._marks[name] else None)
            line.setSymbolBrush(colour)
            line.setSymbolPen(None)
            line.setSymbolSize(5)
        if self.plotItem.legend is not None:
            for sample, label in self.plotItem.legend.items:
                label.setText(label.text, color=colours.text)
                sample.update()
        if self._limit is not None:
            self._limit.setPen(pg.mkPen(colours.second, width=1.5, style=Qt.PenStyle.DashLine))
            self._limit.label.setColor(colours.second)
