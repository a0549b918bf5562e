"""The curves of several runs over each other."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.theme import Colours
from app.training_panel.run_columns import long_name
from app.widgets.background import BackgroundReader
from app.widgets.choice import make_choice
from app.widgets.live_chart import LiveChart
from app.widgets.section import make_hint
from fpt_core.dataset.project import Project
from fpt_core.dataset.run_folder import read_metrics
from fpt_core.dataset.run_table import RunRecord
from fpt_core.errors import FptError
from fpt_core.events import EpochCompleted

_MOST_RUNS = 12
_LEGEND_WIDTH_PX = 220
_NAME_LENGTH = 32
_CURVES: tuple[tuple[str, str], ...] = (
    ("Validation AUC", "val_auc"),
    ("Validation loss", "val_loss"),
    ("Training loss", "train_loss"),
    ("Learning rate", "learning_rate"),
    ("Memory in use (bytes)", "memory_bytes"),
    ("Images per second", "images_per_s"),
)
Epochs = tuple[EpochCompleted, ...]


class RunCurves(QWidget):
    """Draws what ``metrics.csv`` of each chosen run holds."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._runs: tuple[RunRecord, ...] = ()
        self._epochs: dict[str, Epochs] = {}
        self.what = make_choice("curve", "Curve", _CURVES)
        self.what.currentIndexChanged.connect(self._draw)
        self._hint = make_hint("curvesHint")
        self.chart = LiveChart(
            "overlayChart", "By epoch", "epoch", "", legend=True, legend_width_px=_LEGEND_WIDTH_PX
        )
        self._reader = BackgroundReader(1, self)
        self._reader.done.connect(self._on_read)
        top = QHBoxLayout()
        top.addWidget(self.what)
        top.addWidget(self._hint, stretch=1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(top)
        layout.addWidget(self.chart, stretch=1)

    def set_colours(self, colours: Colours) -> None:
        """Draw in the theme's colours."""
        self.chart.set_colours(colours)

    def show_runs(self, project: Project, runs: Sequence[RunRecord]) -> None:
        """Draw these runs as soon as their folders have been read."""
        self._runs = tuple(runs[:_MOST_RUNS])
        self._reader.start(self._runs, _reading(project, self._runs))

    def close_readers(self) -> None:
        """Stop reading."""
        self._reader.close()

    def _on_read(self, runs: tuple[RunRecord, ...], outcome: Any) -> None:
        if runs != self._runs:
            return  # others have been chosen since
        failed = isinstance(outcome, FptError)
        self._epochs = {} if failed else outcome
        self._draw()
        if failed:
            self._hint.setText(str(outcome))

    def _draw(self) -> None:
        self.chart.clear_lines()
        field = self.what.currentData()
        empty = []
        for name, run in _unique_names(self._runs):
            points = [(e.epoch, getattr(e, field)) for e in self._epochs.get(run.id, ())]
            points = [(x, y) for x, y in points if y is not None]
            if not points:
                empty.append(name)
                continue
            self.chart.add_line(name, points=len(points) == 1)
            for x, y in points:
                self.chart.append(name, x, y)
        self._hint.setText(f"No epochs: {', '.join(empty)}." if empty else "")
        self.chart.setAccessibleDescription(self.what.currentText())


def _reading(project: Project, runs: tuple[RunRecord, ...]) -> Callable[[], dict[str, Epochs]]:
    return lambda: {run.id: read_metrics(project.runs_dir / run.id) for run in runs}


def _unique_names(runs: Sequence[RunRecord]) -> list[tuple[str, RunRecord]]:
    """Each run's name, with a number where several have the same."""
    named: dict[str, RunRecord] = {}
    for run in runs:
        short = textwrap.shorten(long_name(run), _NAME_LENGTH, placeholder="…")
        name, number = short, 2
        while name in named:
            name, number = f"{short} ({number})", number + 1
        named[name] = run
    return list(named.items())
