"""What the chosen run will take, beside what one would do otherwise, and whether it fits."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QVBoxLayout,
    QWidget,
)

from app.training_panel.words import duration, method_name, size_text
from app.widgets.button import make_button
from app.widgets.section import make_hint
from fpt_core.config import AUTO
from fpt_core.events import Failed, Progress
from fpt_core.jobs.estimates import Cost, Estimate, Expected, NotMeasuredError

_ROWS: tuple[tuple[str, str, Callable[[float], str]], ...] = (
    ("Peak memory", "memory_bytes", size_text),
    ("Store on disk", "disk_bytes", size_text),
    ("Preparation", "prepare_s", duration),
    ("Training", "train_s", duration),
)
_COLUMNS = 3
_WIDTH_PX = 700


class EstimateCard(QFrame):
    """Shows an ``Estimate``.

    Signals:
        nearest_wanted(alternative): Use these settings, which fit.
        afresh_wanted(): Measure again.
    """

    nearest_wanted = Signal(object)
    afresh_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("estimateCard")
        self.estimate: Estimate | None = None
        """What is shown; ``None`` while it is not known."""
        title = QLabel("What this run will take")
        title.setProperty("role", "heading")
        self._verdict = QLabel()
        self._verdict.setObjectName("estimateVerdict")
        self._verdict.setWordWrap(True)
        self._verdict_box = QFrame()
        self._verdict_box.setProperty("role", "card")
        self.use = make_button("useNearest", "Use settings that fit", self._on_use, primary=True)
        self._note = make_hint("estimateNote")
        self.again = make_button("measureAgain", "Measure again", self.afresh_wanted.emit)
        self.again.setProperty("role", "small")
        self._bar = QProgressBar()
        self._bar.setObjectName("estimateProgress")
        self._bar.setAccessibleName("Measuring")
        self._bar.setTextVisible(False)
        self._table = QWidget()
        self._build_table()
        self._lay_out(title)
        self.show_waiting("")

    def _build_table(self) -> None:
        grid = QGridLayout(self._table)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(18)
        grid.setVerticalSpacing(10)
        self._heads = [QLabel() for _ in range(_COLUMNS)]
        self._cells: dict[tuple[str, int], QLabel] = {}
        for column, head in enumerate(self._heads, start=1):
            head.setProperty("role", "heading" if column == 1 else "hint")
            grid.addWidget(head, 0, column, Qt.AlignmentFlag.AlignRight)
        for row, (text, name, _) in enumerate(_ROWS, start=1):
            grid.addWidget(QLabel(text), row, 0, Qt.AlignmentFlag.AlignTop)
            for column in range(_COLUMNS):
                cell = QLabel()
                cell.setObjectName(f"{name}{column}")
                cell.setTextFormat(Qt.TextFormat.RichText)
                cell.setAlignment(Qt.AlignmentFlag.AlignRight)
                self._cells[name, column] = cell
                grid.addWidget(cell, row, column + 1, Qt.AlignmentFlag.AlignRight)
        grid.setColumnStretch(0, 1)

    def _lay_out(self, title: QLabel) -> None:
        verdict = QHBoxLayout(self._verdict_box)
        verdict.addWidget(self._verdict, stretch=1)
        verdict.addWidget(self.use)
        bottom = QHBoxLayout()
        bottom.addWidget(self._note, stretch=1)
        bottom.addWidget(self.again, alignment=Qt.AlignmentFlag.AlignTop)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(14)
        layout.addWidget(title)
        layout.addWidget(self._bar)
        layout.addWidget(self._verdict_box)
        layout.addWidget(self._table)
        layout.addLayout(bottom)
        layout.addStretch()
        self.setMaximumWidth(_WIDTH_PX)

    # --- states ---------------------------------------------------------------------------

    def show_waiting(self, why: str) -> None:
        """Nothing is known yet, and ``why``."""
        self._show_none(why, busy=False)

    def show_measuring(self) -> None:
        """A measurement has begun."""
        self._show_none("Measuring shortly on this machine…", busy=True)

    def show_progress(self, event: Progress) -> None:
        """How far the measurement is."""
        if self.estimate is not None:
            self._note.setText("The other methods are being measured, to compare…")
            return
        self._bar.setRange(0, event.total if event.done else 0)
        self._bar.setValue(event.done)
        self._note.setText(f"{event.stage}…")

    def show_failure(self, event: Failed) -> None:
        """Why nothing can be told of these settings."""
        if event.kind == NotMeasuredError.kind:
            self.show_waiting(f"{event.message} {event.remedy}")
            return
        self._show_none("", busy=False)
        self._say_verdict(f"▲ {event.message} {event.remedy}", "serious")
        self.again.show()

    def show_estimate(self, estimate: Estimate) -> None:
        """What the run is expected to take."""
        self._show_none("", busy=False)
        self.estimate = estimate
        costs = (estimate.chosen, *estimate.beside)[:_COLUMNS]
        for column in range(_COLUMNS):
            self._show_cost(column, costs[column] if column < len(costs) else None)
        self._table.show()
        self._show_verdict(estimate)
        self._note.setText(_note(estimate))
        self.again.show()

    def _show_none(self, note: str, *, busy: bool) -> None:
        self.estimate = None
        self._bar.setRange(0, 0)
        self._bar.setVisible(busy)
        for widget in (self._table, self._verdict_box, self.again):
            widget.hide()
        self._note.setText(note)

    def _show_cost(self, column: int, cost: Cost | None) -> None:
        name = "" if cost is None else method_name(cost.method)
        self._heads[column].setText(f"{name} ▲" if cost is not None and not cost.fits else name)
        for _, field, words in _ROWS:
            cell = self._cells[field, column]
            cell.setText("" if cost is None else _cell(getattr(cost, field), words))
            cell.setAccessibleDescription(name)

    def _show_verdict(self, estimate: Estimate) -> None:
        free = (
            f"{size_text(estimate.free_memory_bytes)} of memory and "
            f"{size_text(estimate.free_disk_bytes)} of disk are free"
        )
        if estimate.chosen.fits:
            self._say_verdict(f"✓ It fits: {free}.", "note")
            return
        self._say_verdict(f"▲ Does not fit. {' '.join(estimate.problems)}", "serious")
        if estimate.nearest is not None:
            text = f"Use {estimate.nearest.text}"
            self.use.setText(text)
            self.use.setAccessibleName(text)
            self.use.show()

    def _say_verdict(self, text: str, severity: str) -> None:
        self._verdict.setText(text)
        self._verdict_box.setProperty("severity", severity)
        self._verdict_box.style().unpolish(self._verdict_box)
        self._verdict_box.style().polish(self._verdict_box)
        self.use.hide()
        self._verdict_box.show()

    def _on_use(self) -> None:
        assert self.estimate is not None, "the button is there with an estimate alone"
        self.nearest_wanted.emit(self.estimate.nearest)


def _cell(expected: Expected, words: Callable[[float], str]) -> str:
    if expected.value == expected.high == 0:
        return "none"
    low, high = words(expected.low), words(expected.high)
    spread = "" if low == high else f"<br><small>{low} to {high}</small>"
    return f"{words(expected.value)}{spread}"


def _note(estimate: Estimate) -> str:
    when = datetime.fromisoformat(estimate.measured).astimezone()
    beside = [method_name(cost.method) for cost in estimate.beside if not cost.fits]
    parts = [
        f"Measured on this machine on {when:%d %B at %H:%M}; the smaller figures say how far off "
        "it usually is."
    ]
    if estimate.chosen.method == AUTO:
        parts.append("Training ends sooner where going on does not help.")
    done = estimate.images - estimate.to_prepare
    if done and estimate.chosen.disk_bytes.value:
        all_done = done == estimate.images
        share = "All images" if all_done else f"{done:,} of {estimate.images:,} images"
        parts.append(f"{share} are prepared already.")
    if beside:
        parts.append(f"▲ {' and '.join(beside)} would not fit on this machine.")
    return " ".join(parts)
