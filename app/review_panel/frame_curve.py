"""The probability of each class over the frames of a file."""

from __future__ import annotations

from collections.abc import Sequence

import pyqtgraph as pg
from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QMouseEvent

from app.theme import Colours
from app.widgets.live_chart import LiveChart

_HEIGHT_PX = 150
_LEGEND_PX = 110


class FrameCurve(LiveChart):
    """A line for each class, and a mark at the frame on screen.

    Signals:
        frame_chosen(frame): A place on the curve was clicked.
    """

    frame_chosen = Signal(int)

    def __init__(self) -> None:
        super().__init__(
            "frameCurve",
            "Probability by frame",
            "Frame",
            "Probability",
            legend=True,
            legend_width_px=_LEGEND_PX,
            number="{:.1%}",
        )
        self._frames = 0
        self._mark = pg.InfiniteLine(angle=90)
        self._mark.setZValue(50)
        self.addItem(self._mark, ignoreBounds=True)
        self.setFixedHeight(_HEIGHT_PX)
        self.setToolTip("Click to go to a frame")

    def begin(self, class_names: Sequence[str], frames: int) -> None:
        """Start over with an empty line for each class."""
        self.clear_lines()
        for name in class_names:
            self.add_line(name, points=frames == 1)
        self._frames = frames
        self.setXRange(1, max(frames, 2), padding=0.01)
        self.setYRange(0, 1, padding=0.03)

    def mark(self, frame: int) -> None:
        """Show which frame is on screen, from 0."""
        self._mark.setValue(frame + 1)

    @property
    def marked(self) -> int:
        """The frame that is marked, from 0."""
        return int(self._mark.value()) - 1

    def frame_at(self, position: QPointF) -> int:
        """The frame under a place of this widget, from 0."""
        x = self.getViewBox().mapSceneToView(self.mapToScene(position.toPoint())).x()
        return min(max(round(x) - 1, 0), self._frames - 1)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        if event.button() is Qt.MouseButton.LeftButton and self._frames:
            self.frame_chosen.emit(self.frame_at(event.position()))

    def set_colours(self, colours: Colours) -> None:
        """Draw in the theme's colours."""
        super().set_colours(colours)
        self._mark.setPen(pg.mkPen(colours.text, width=2))
