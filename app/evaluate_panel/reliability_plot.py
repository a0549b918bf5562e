"""Whether probabilities can be taken at their word: before and after calibration."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, Qt

from app.evaluate_panel.plot import Plot

if TYPE_CHECKING:
    from fpt_core.evaluation.reliability import ReliabilityBin

_MOST_PX, _LEAST_PX = 15.0, 5.0
_CALIBRATED, _BEFORE = "calibrated", "before"


class ReliabilityPlot(Plot):
    """Observed share against predicted probability, in ten bins; a larger dot holds more images."""

    def __init__(self, name: str, title: str) -> None:
        super().__init__(name, title, "predicted probability", "observed share")
        self._bins: Sequence[ReliabilityBin] = ()
        self._before: Sequence[ReliabilityBin] = ()
        self._ideal = pg.PlotDataItem([0, 1], [0, 1])
        self._error = pg.ErrorBarItem(x=np.zeros(0), y=np.zeros(0))
        self._line = pg.PlotDataItem()
        self._dots = pg.ScatterPlotItem()
        self._old_line = pg.PlotDataItem()
        self._threshold = pg.InfiniteLine(angle=90)
        self._legend = self.addLegend(offset=(2, 2), labelTextSize="8pt")
        for item in (self._ideal, self._error, self._old_line, self._line, self._dots):
            self.addItem(item)
        self._legend.addItem(self._line, _CALIBRATED)
        self._legend.addItem(self._old_line, _BEFORE)
        self.addItem(self._threshold)
        self.use_unit_axes()

    def show_bins(self, bins: Sequence[ReliabilityBin], before: Sequence[ReliabilityBin]) -> None:
        """Draw the bins of the answers as given, and before calibration where they differ."""
        self._bins = [found for found in bins if found.images]
        self._before = [found for found in before if found.images]
        x, y, low, high = (
            np.array([getattr(found, key) for found in self._bins], float)
            for key in ("predicted", "observed", "observed_low", "observed_high")
        )
        sizes = np.sqrt([found.images for found in self._bins])
        largest = float(sizes.max(initial=1.0))
        self._error.setData(x=x, y=y, top=high - y, bottom=y - low, beam=0.0)
        self._line.setData(x, y)
        self._dots.setData(x, y, size=np.maximum(_LEAST_PX, _MOST_PX * sizes / largest))
        same = list(bins) == list(before)
        old = [] if same else self._before
        self._old_line.setData([f.predicted for f in old], [f.observed for f in old])
        self._legend.setVisible(not same)
        self.set_note("" if self._bins else "There is nothing to draw.")
        self.draw_in_colours()

    def set_threshold(self, threshold: float) -> None:
        """Mark the threshold."""
        self._threshold.setValue(threshold)

    def values_at(self, place: QPointF) -> str:
        """The bin that the cursor stands over."""
        for found in self._bins:
            if found.low <= place.x() < found.high:
                return (
                    f"{found.images} with {found.low:.1f} to {found.high:.1f}\n"
                    f"predicted {found.predicted:.3f} on average\n"
                    f"observed {found.observed:.3f} "
                    f"({found.observed_low:.3f} to {found.observed_high:.3f})"
                )
        return ""

    def table(self) -> list[list[str]]:
        """The bins as rows."""
        header = ["answers", "from", "to", "number", "predicted", "observed", "low", "high"]
        rows = [header]
        for name, bins in ((_CALIBRATED, self._bins), (_BEFORE, self._before)):
            rows += [
                [name, f"{f.low:.1f}", f"{f.high:.1f}", str(f.images)]
                + [f"{v:.6g}" for v in (f.predicted, f.observed, f.observed_low, f.observed_high)]
                for f in bins
            ]
        return rows

    def draw_in_colours(self) -> None:
        """The answers as given in the accent, those before in the second colour and dashed."""
        colours = self.colours
        self._ideal.setPen(pg.mkPen(colours.muted, width=1, style=Qt.PenStyle.DashLine))
        self._error.setData(pen=pg.mkPen(colours.accent, width=1))
        self._line.setPen(pg.mkPen(colours.accent, width=1.5))
        self._dots.setBrush(colours.accent)
        self._dots.setPen(pg.mkPen(colours.background, width=1))
        self._old_line.setPen(pg.mkPen(colours.second, width=1.5, style=Qt.PenStyle.DashLine))
        self._old_line.setSymbol("s")
        self._old_line.setSymbolSize(6)
        self._old_line.setSymbolBrush(None)
        self._old_line.setSymbolPen(pg.mkPen(colours.second, width=1.5))
        self._threshold.setPen(pg.mkPen(colours.second, width=1.5))
        self._legend.setBrush(self.brush(colours.background, 0.85))
        for _, label in self._legend.items:
            label.setText(label.text, color=colours.muted, size="8pt")
