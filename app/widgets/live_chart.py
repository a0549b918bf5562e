"""A chart that grows while a job runs."""

from __future__ import annotations

from dataclasses import dataclass, field

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, Qt, QTimer
from PySide6.QtGui import QColor, QShowEvent
from PySide6.QtWidgets import QGraphicsItem

from app.theme import LIGHT, Colours
from app.widgets.curve import Curve

_REFRESH_MS = 200
_READING_GAP_PX = 6
_NAMES_BESIDE_TITLE = 2
_HEADROOM = 1.25
"""Over the highest level, for its name."""
_DASHES = (
    Qt.PenStyle.SolidLine,
    Qt.PenStyle.DashLine,
    Qt.PenStyle.DotLine,
    Qt.PenStyle.DashDotLine,
)


@dataclass(slots=True)
class _Line:
    item: pg.PlotDataItem
    marks: bool
    dashes: Qt.PenStyle
    colour: int
    """Its place in the theme's colours of lines."""
    curve: Curve = field(default_factory=Curve)


class LiveChart(pg.PlotWidget):
    """Lines over a common axis, with their values where the mouse is.

    Points are added at any rate; the picture follows at most five times a second, and only
    while it is on screen.

    Args:
        name: Object name.
        title: What is shown.
        x_label: What the horizontal axis counts.
        y_label: Quantity, with its unit.
        legend: Whether the lines are named; a single line is named by the title.
        legend_width_px: Room for the names beside the curves; 0: they stand beside the title.
        number: How a value is written.
    """

    def __init__(
        self,
        name: str,
        title: str,
        x_label: str,
        y_label: str,
        *,
        legend: bool = False,
        legend_width_px: int = 0,
        number: str = "{:,.3g}",
    ) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setAccessibleName(title)
        self._title, self._x_label, self._y_label, self._number = title, x_label, y_label, number
        self._lines: dict[str, _Line] = {}
        self._levels: dict[str, pg.InfiniteLine] = {}
        self._colours = LIGHT
        self._timer = QTimer(self, interval=_REFRESH_MS, singleShot=True)
        self._timer.timeout.connect(self._draw)
        self.setMenuEnabled(False)
        self.hideButtons()
        self.setMouseEnabled(x=False, y=False)
        if legend:
            self._add_legend(legend_width_px)
        self._build_reading()
        self.getAxis("bottom").setHeight(44)
        for side in ("bottom", "left"):
            self.getAxis(side).setStyle(maxTickLevel=0)
            # Most of a frame's time would go into the same few numbers.
            self.getAxis(side).setCacheMode(QGraphicsItem.CacheMode.DeviceCoordinateCache)
        self.getAxis("left").setWidth(58)
        # pyqtgraph lets an axis' name stand out over the edge by a few pixels.
        self.plotItem.setContentsMargins(4, 2, 8 + legend_width_px, 6)
        self.setMinimumHeight(120)

    def _add_legend(self, width_px: int) -> None:
        self.addLegend(colCount=1 if width_px else _NAMES_BESIDE_TITLE)
        legend = self.plotItem.legend
        legend.setParentItem(self.plotItem)
        if width_px:
            legend.anchor((0, 0), (1, 0), offset=(-width_px, 24))
        else:
            legend.anchor((1, 0), (1, 0), offset=(-8, -4))

    # --- lines --------------------------------------------------------------------------

    def add_line(self, name: str, *, points: bool = False) -> None:
        """A line called ``name``; with ``points`` its values are marked."""
        place = len(self._lines)
        dashes = _DASHES[place % len(_DASHES)]
        self._lines[name] = _Line(self.plot([], [], name=name), points, dashes, place)
        self._style_line(self._lines[name])
        self._style_legend()

    def append(self, name: str, x: float, y: float) -> None:
        """Add a point to a line."""
        self._lines[name].curve.append(x, y)
        if not self._timer.isActive():
            self._timer.start()

    def set_level(self, name: str, value: float, label: str) -> None:
        """A dashed level to compare with; the highest one is always in view."""
        self._remove_level(name)
        above = [(0.5, 1.0), (0.5, 1.0)]
        level = pg.InfiniteLine(
            value, angle=0, label=label, labelOpts={"position": 0.5, "anchors": above}
        )
        level.setZValue(-10)  # a curve that runs along it must be seen
        self._levels[name] = level
        self.addItem(level)
        self._style_level(level)
        self.setYRange(0, _HEADROOM * max(level.value() for level in self._levels.values()))

    def clear_lines(self) -> None:
        """Take all lines away, for others."""
        for line in self._lines.values():
            self.removeItem(line.item)
        self._lines.clear()
        self._hide_reading()

    def clear_points(self) -> None:
        """Start over: no points, no levels."""
        for line in self._lines.values():
            line.curve.clear()
        for name in tuple(self._levels):
            self._remove_level(name)
        self.enableAutoRange()
        self._draw()

    def points(self, name: str) -> tuple[list[float], list[float]]:
        """A line's points as they are kept."""
        xs, ys = self._lines[name].curve.points()
        return xs.tolist(), ys.tolist()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._draw()

    def _draw(self) -> None:
        if self.isVisible():
            for line in self._lines.values():
                line.item.setData(*line.curve.points())

    def _remove_level(self, name: str) -> None:
        if name in self._levels:
            self.removeItem(self._levels.pop(name))

    # --- values under the mouse -----------------------------------------------------------

    def _build_reading(self) -> None:
        self._cursor = pg.InfiniteLine(angle=90)
        self._reading = pg.TextItem()
        for item in (self._cursor, self._reading):
            item.setZValue(100)
            self.addItem(item, ignoreBounds=True)
        self._hide_reading()
        self.scene().sigMouseMoved.connect(self._on_mouse_moved)

    @property
    def reading(self) -> str:
        """The values that are shown at the mouse; empty where there are none."""
        return self._reading.toPlainText() if self._reading.isVisible() else ""

    def _on_mouse_moved(self, position: QPointF) -> None:
        box = self.getViewBox()
        found = {}
        if box.sceneBoundingRect().contains(position):
            x = box.mapSceneToView(position).x()
            found = {name: line.curve.nearest(x) for name, line in self._lines.items()}
        near = {name: point for name, point in found.items() if point is not None}
        if not near:
            self._hide_reading()
            return
        at = min((point[0] for point in near.values()), key=lambda found_x: abs(found_x - x))
        rows = [f"{self._x_label} {at:,.6g}"]
        values = {name: y for name, (_, y) in near.items()}
        values |= {name: level.value() for name, level in self._levels.items()}
        rows += [f"{name} {self._number.format(value)}" for name, value in values.items()]
        self._show_reading(at, "\n".join(rows))

    def _show_reading(self, at: float, text: str) -> None:
        box = self.getViewBox()
        room = box.sceneBoundingRect()
        self._cursor.setValue(at)
        self._reading.setText(text, color=self._colours.text)
        width = self._reading.boundingRect().width()
        left = box.mapViewToScene(QPointF(at, 0)).x() + _READING_GAP_PX
        if left + width > room.right():
            # On the other side of the cursor, or over it where there is no room on either.
            left -= width + 2 * _READING_GAP_PX
            left = left if left >= room.left() else room.right() - width
        self._reading.setPos(box.mapSceneToView(QPointF(left, room.top())))
        for item in (self._cursor, self._reading):
            item.show()

    def _hide_reading(self) -> None:
        for item in (self._cursor, self._reading):
            item.hide()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._hide_reading()

    # --- colours --------------------------------------------------------------------------

    def set_colours(self, colours: Colours) -> None:
        """Draw in the theme's colours."""
        self._colours = colours
        self.setBackground(colours.background)
        self.setTitle(self._title, color=colours.text, size="10pt")
        for side, label in (("bottom", self._x_label), ("left", self._y_label)):
            axis = self.getAxis(side)
            axis.setPen(colours.grid)
            axis.setTextPen(colours.muted)
            if label:
                axis.setLabel(label, siPrefixEnableRanges=(), color=colours.muted)
        self.showGrid(x=True, y=True, alpha=0.15)
        for line in self._lines.values():
            self._style_line(line)
        for level in self._levels.values():
            self._style_level(level)
        self._cursor.setPen(pg.mkPen(colours.muted, width=1))
        self._reading.fill = pg.mkBrush(colours.surface)
        self._reading.border = pg.mkPen(colours.grid)
        self._style_legend()

    def _style_line(self, line: _Line) -> None:
        lines = self._colours.lines
        colour = lines[line.colour % len(lines)]
        line.item.setPen(pg.mkPen(colour, width=2, style=line.dashes))
        line.item.setSymbol("o" if line.marks else None)
        line.item.setSymbolBrush(colour)
        line.item.setSymbolPen(None)
        line.item.setSymbolSize(5)

    def _style_legend(self) -> None:
        legend = self.plotItem.legend
        if legend is not None:
            see_through = QColor(self._colours.background)
            see_through.setAlphaF(0.85)
            legend.setBrush(see_through)
            for sample, label in legend.items:
                label.setText(label.text, color=self._colours.text)
                sample.update()

    def _style_level(self, level: pg.InfiniteLine) -> None:
        level.setPen(pg.mkPen(self._colours.second, width=1.5, style=Qt.PenStyle.DashLine))
        level.label.setColor(self._colours.second)
