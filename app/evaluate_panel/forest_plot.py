"""Figures of groups side by side, each with its interval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, Qt

from app.evaluate_panel.plot import Plot
from fpt_core.evaluation.figure_words import figure_text

_LABEL_WIDTH_PX = 240
_FIGURE_WIDTH_PX = 170
_ROW_PX, _AROUND_PX = 46, 60
_DOT_PX = 11
_MOST_LETTERS = 24
_LEFT = 0.4
"""Where the axis begins, unless an interval reaches farther."""
_HEADER = ["group", "images", "patients", "AUC", "difference from the others", "p", "warning"]


class ForestPlot(Plot):
    """The AUC of every group of a column, a line each, over that of all."""

    def __init__(self, name: str, title: str) -> None:
        super().__init__(name, title, "AUC, 95 % interval", "")
        self._groups: Sequence[Mapping[str, Any]] = ()
        self._bare: list[bool] = []
        self._all = pg.InfiniteLine(angle=90)
        self._error = pg.ErrorBarItem(x=np.zeros(0), y=np.zeros(0))
        self._dots = pg.ScatterPlotItem(size=_DOT_PX)
        for item in (self._all, self._error, self._dots):
            self.addItem(item)
        self.getAxis("left").setWidth(_LABEL_WIDTH_PX)
        self.showAxis("right")
        self.getAxis("right").setWidth(_FIGURE_WIDTH_PX)
        self.showGrid(x=True, y=False, alpha=0.15)

    def show_groups(self, groups: Sequence[Mapping[str, Any]], overall: float | None) -> None:
        """Draw groups as an evaluation tells them, the first on top."""
        self._groups = groups
        rows = {len(groups) - 1 - place: group for place, group in enumerate(groups)}
        self.getAxis("left").setTicks([[(row, _label(group)) for row, group in rows.items()]])
        self.getAxis("right").setTicks([[(row, _figure(group)) for row, group in rows.items()]])
        self.setMaximumHeight(_AROUND_PX + _ROW_PX * len(groups))
        drawn = {r: g for r, g in rows.items() if g["auc"]["value"] is not None}
        x = np.array([group["auc"]["value"] for group in drawn.values()], float)
        sides = [group["auc"]["interval"] for group in drawn.values()]
        low, high = (
            np.array([value if s is None else s[end] for s, value in zip(sides, x, strict=True)])
            for end in ("low", "high")
        )
        y = np.array(list(drawn), float)
        self._error.setData(x=x, y=y, left=x - low, right=high - x, beam=0.0)
        self._dots.setData(x, y)
        self._bare = [side is None for side in sides]
        self._all.setVisible(overall is not None)
        self._all.setValue(overall or 0.0)
        self.setRange(
            xRange=(min(0.4, *low.tolist(), 1.0), 1.0),
            yRange=(-0.6, len(groups) - 0.4),
            padding=0.02,
        )
        self.draw_in_colours()

    def values_at(self, place: QPointF) -> str:
        """The group in the cursor's row."""
        if not np.isfinite(place.y()):
            return ""
        row = len(self._groups) - 1 - round(place.y())
        if not 0 <= row < len(self._groups):
            return ""
        group = self._groups[row]
        return "\n".join(
            text
            for text in (
                f"{group['value']}: {group['images']} images of {group['patients']} patients",
                f"AUC {figure_text(group['auc'])}",
                f"less that of the others {figure_text(group['difference'])}",
                group["warning"],
            )
            if text
        )

    def table(self) -> list[list[str]]:
        """The groups as rows."""
        return [_HEADER] + [
            [
                str(group["value"]),
                str(group["images"]),
                str(group["patients"]),
                figure_text(group["auc"]),
                figure_text(group["difference"]),
                "" if group["p_value"] is None else f"{group['p_value']:.3g}",
                group["warning"],
            ]
            for group in self._groups
        ]

    def draw_in_colours(self) -> None:
        """Groups with an interval are filled, those too small for one are hollow."""
        colours = self.colours
        self._all.setPen(pg.mkPen(colours.muted, width=1, style=Qt.PenStyle.DashLine))
        self._error.setData(pen=pg.mkPen(colours.accent, width=2))
        if self._bare:
            fills = [colours.background if bare else colours.accent for bare in self._bare]
            self._dots.setBrush([pg.mkBrush(fill) for fill in fills])
        self._dots.setPen(pg.mkPen(colours.accent, width=1.5))
        for side in ("left", "right"):
            axis = self.getAxis(side)
            axis.setTextPen(colours.text)
            axis.setPen(colours.grid)
            axis.setStyle(tickLength=0)


def _figure(group: Mapping[str, Any]) -> str:
    figure = group["auc"]
    if figure["value"] is not None and figure["interval"] is None:
        return f"{figure['value']:.3f} (too few)"
    return figure_text(figure) if figure["value"] is not None else "not measurable"


def _label(group: Mapping[str, Any]) -> str:
    value = str(group["value"])
    short = value if len(value) <= _MOST_LETTERS else f"{value[: _MOST_LETTERS - 1]}…"
    return f"{short} (n = {group['patients']})"
