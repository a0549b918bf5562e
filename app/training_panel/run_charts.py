"""The curves of the run in progress."""

from __future__ import annotations

from PySide6.QtWidgets import QGridLayout, QWidget

from app.theme import Colours
from app.training_panel.words import size_text
from app.widgets.live_chart import LiveChart
from fpt_core.events import EpochCompleted, RunStarted, StepCompleted
from fpt_core.jobs.estimates import Estimate

_MEGABYTE = 1e6
_IN_USE, _TRAINING, _VALIDATION = "in use", "training", "validation"


class RunCharts(QWidget):
    """Loss, AUC, memory, learning rate and speed."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.loss = LiveChart(
            "lossChart", "Loss", "step", "cross-entropy", legend=True, number="{:.4f}"
        )
        self.auc = LiveChart("aucChart", "Validation AUC", "epoch", "AUC", number="{:.3f}")
        self.memory = LiveChart("memoryChart", "Memory", "seconds", "MB", number="{:,.0f} MB")
        self.rate = LiveChart("rateChart", "Learning rate", "step", "", number="{:.2e}")
        self.speed = LiveChart("speedChart", "Speed", "step", "images per second")
        self.loss.add_line(_TRAINING)
        self.loss.add_line(_VALIDATION, points=True)
        self.auc.add_line(_VALIDATION, points=True)
        self.memory.add_line(_IN_USE)
        self.rate.add_line("rate")
        self.speed.add_line("speed")
        self._step = 0
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(10)
        layout.addWidget(self.loss, 0, 0, 1, 4)
        layout.addWidget(self.auc, 0, 4, 1, 2)
        for place, chart in enumerate((self.memory, self.rate, self.speed)):
            layout.addWidget(chart, 1, 2 * place, 1, 2)
        for column in range(6):
            layout.setColumnStretch(column, 1)

    @property
    def all(self) -> tuple[LiveChart, ...]:
        """Every chart."""
        return (self.loss, self.auc, self.memory, self.rate, self.speed)

    def set_colours(self, colours: Colours) -> None:
        """Draw in the theme's colours."""
        for chart in self.all:
            chart.set_colours(colours)

    def clear(self) -> None:
        """Nothing is drawn of an earlier run."""
        for chart in self.all:
            chart.clear_points()

    def begin(self, event: RunStarted, estimate: Estimate | None) -> None:
        """A run begins; ``estimate`` is of its settings, where there is one."""
        self.clear()
        self.auc.setYRange(0, 1)
        self._step = event.first_step
        if event.method != "full" or estimate is None:
            full = _full_finetuning(event, estimate)
            self.memory.set_level(
                "full fine-tuning", full / _MEGABYTE, f"full fine-tuning, est. {size_text(full)}"
            )
        if estimate is not None:
            expected = estimate.chosen.memory_bytes.value
            self.memory.set_level(
                "estimate", expected / _MEGABYTE, f"this run, est. {size_text(expected)}"
            )

    def add_step(self, event: StepCompleted) -> None:
        """Draw a step."""
        self._step = event.step
        self.loss.append(_TRAINING, event.step, event.loss)
        self.memory.append(_IN_USE, event.elapsed_s, event.memory_bytes / _MEGABYTE)
        self.rate.append("rate", event.step, event.learning_rate)
        self.speed.append("speed", event.step, event.images_per_s)

    def add_epoch(self, event: EpochCompleted) -> None:
        """Draw an epoch."""
        if event.val_loss is not None:
            self.loss.append(_VALIDATION, self._step, event.val_loss)
        if event.val_auc is not None:
            self.auc.append(_VALIDATION, event.epoch, event.val_auc)


def _full_finetuning(event: RunStarted, estimate: Estimate | None) -> float:
    """Memory of full fine-tuning: as measured on this machine, else by the backbone's shape."""
    costs = () if estimate is None else (estimate.chosen, *estimate.beside)
    measured = [cost.memory_bytes.value for cost in costs if cost.method == "full"]
    return measured[0] if measured else event.full_finetuning_bytes
