"""The plots' common ground: axes in the theme's colours, a sentence where there is nothing."""

from __future__ import annotations

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QColor, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QLabel

from app.theme import LIGHT, Colours

_AXIS_HEIGHT_PX, _AXIS_WIDTH_PX = 40, 48
_LEAST_HEIGHT_PX = 130
_CLEARANCE_PX = 14


class Plot(pg.PlotWidget):
    """A plot that neither pans nor zooms, with values under the cursor.

    Args:
        name: Object name.
        title: What it shows, for screen readers.
        x_label: Quantity of the horizontal axis.
        y_label: Quantity of the vertical axis.
    """

    def __init__(self, name: str, title: str, x_label: str, y_label: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setAccessibleName(title)
        self.colours = LIGHT
        self._labels = {"bottom": x_label, "left": y_label}
        self.setMenuEnabled(False)
        self.hideButtons()
        self.setMouseEnabled(x=False, y=False)
        self.setMinimumHeight(_LEAST_HEIGHT_PX)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setStyleSheet("border: none;")
        self.getAxis("bottom").setHeight(_AXIS_HEIGHT_PX)
        self.getAxis("left").setWidth(_AXIS_WIDTH_PX)
        self.plotItem.setContentsMargins(0, 6, 10, 2)
        self.showGrid(x=True, y=True, alpha=0.15)
        self.viewport().setMouseTracking(True)
        self._note = pg.LabelItem(justify="left")
        self._note.setParentItem(self.plotItem.vb)
        self._note_text = ""
        self._under_cursor = QLabel(self)
        self._under_cursor.setObjectName(f"{name}Hover")
        self._under_cursor.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._under_cursor.setAutoFillBackground(True)
        self._under_cursor.hide()

    def use_unit_axes(self) -> None:
        """Both axes from 0 to 1, with both ends named."""
        self.setRange(xRange=(0, 1), yRange=(0, 1), padding=0.02)
        ticks = [[(value, f"{value:g}") for value in (0.0, 0.25, 0.5, 0.75, 1.0)]]
        for side in self._labels:
            self.getAxis(side).setTicks(ticks)

    @property
    def hover_text(self) -> str:
        """What is said at the cursor; empty where nothing is."""
        return "" if self._under_cursor.isHidden() else self._under_cursor.text()

    @property
    def note(self) -> str:
        """Why something is not drawn; empty where all is."""
        return self._note_text

    def set_note(self, text: str) -> None:
        """Say in the plot why something is not drawn."""
        self._note_text = text
        self._lay_out_note()

    def set_colours(self, colours: Colours) -> None:
        """Draw in the theme's colours."""
        self.colours = colours
        self.setBackground(colours.background)
        for side, label in self._labels.items():
            axis = self.getAxis(side)
            axis.setPen(colours.grid)
            axis.setTextPen(colours.muted)
            axis.setLabel(label, siPrefixEnableRanges=(), color=colours.muted)
        self._under_cursor.setStyleSheet(
            f"background: {colours.surface}; color: {colours.text}; padding: 4px 6px;"
            f" border: 1px solid {colours.grid}; border-radius: 4px;"
        )
        self._lay_out_note()
        self.draw_in_colours()

    def draw_in_colours(self) -> None:
        """Give what the plot draws the present colours."""

    def values_at(self, place: QPointF) -> str:
        """What is to be read at a place of the data; empty where nothing is."""
        return ""

    def brush(self, colour: str, alpha: float) -> QColor:
        """A translucent colour."""
        found = QColor(colour)
        found.setAlphaF(alpha)
        return found

    # --- events -----------------------------------------------------------------------

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        scene = self.mapToScene(event.position().toPoint())
        inside = self.plotItem.vb.sceneBoundingRect().contains(scene)
        text = self.values_at(self.plotItem.vb.mapSceneToView(scene)) if inside else ""
        self._under_cursor.setText(text)
        self._under_cursor.setVisible(bool(text))
        if text:
            self._place_label(event.position())

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._under_cursor.hide()
        self.values_at(QPointF(float("inf"), float("inf")))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if hasattr(self, "_note"):  # pyqtgraph resizes while it is being made
            self._lay_out_note()

    def _place_label(self, cursor: QPointF) -> None:
        label = self._under_cursor
        label.adjustSize()
        x, y = cursor.x() + _CLEARANCE_PX, cursor.y() + _CLEARANCE_PX
        if x + label.width() > self.width():
            x = cursor.x() - _CLEARANCE_PX - label.width()
        if y + label.height() > self.height():
            y = cursor.y() - _CLEARANCE_PX - label.height()
        label.move(max(0, int(x)), max(0, int(y)))

    def _lay_out_note(self) -> None:
        box = self.plotItem.vb.rect()
        self._note.setText(self._note_text, color=self.colours.muted, size="9pt")
        self._note.item.setTextWidth(max(60.0, box.width() - 16))
        self._note.setPos(8, 4)
        self._note.setVisible(bool(self._note_text))
