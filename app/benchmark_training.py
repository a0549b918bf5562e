"""A long training run replayed to the window: is its memory flat, does it answer at once?"""

from __future__ import annotations

import itertools
import math
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from fpt_core.events import EpochCompleted, Event, RunStarted, StepCompleted, Warned

if TYPE_CHECKING:
    from app.main_window import MainWindow

_STEPS_PER_S = 10
_HOUR_S = 3600
_EPOCH_STEPS = 200
_WARNED_EVERY = 5000
_EVENTS_AT_ONCE = 20
_SETTLING_MS = 500
_LIVE_S = 5


@dataclass(slots=True)
class TrainingReport:
    """What was measured while a run was replayed."""

    hours: float
    """Of training at ten steps a second, replayed as fast as the window takes them."""
    events: int = 0
    memory_bytes: list[int] = field(default_factory=list)
    """Resident memory of the window's process before the run, and after each tenth of it."""
    longest_stall_ms: float = 0.0
    """At the end of the run, its events coming ten times a second."""
    longest_work_ms: float = 0.0
    """Processor time in one stall: what it would be on an idle machine."""
    work_share: float = 0.0
    """Of one processor, meanwhile."""

    def as_text(self) -> str:
        """Lines for a person."""
        before, first, *_, last = (size / 1e6 for size in self.memory_bytes)
        return (
            f"{self.hours:g} h of training, {self.events:,} events\n"
            f"resident memory  {before:.0f} MB before, {first:.0f} MB after a tenth, "
            f"{last:.0f} MB at the end\n"
            f"longest stall    {self.longest_stall_ms:.0f} ms, of which work "
            f"{self.longest_work_ms:.0f} ms\n"
            f"processor        {self.work_share:.1%} of one core at ten events a second"
        )


def measure_training(hours: float) -> TrainingReport:
    """Replay ``hours`` of training in a window of its own."""
    from PySide6.QtWidgets import QApplication

    from app.benchmark_data import make_project
    from app.main_window import MainWindow
    from app.settings import Settings
    from app.theme import apply_theme

    application = QApplication.instance() or QApplication([])
    assert isinstance(application, QApplication), "a window has an application"
    report = TrainingReport(hours)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        settings = Settings(Path(name) / "settings.ini")
        apply_theme(application, settings.theme)
        window = MainWindow(settings, ask_to_stop=lambda _: True)
        window.show()
        window.open_project(make_project(Path(name) / "data", 100).path)
        window.training_panel.tabs.setCurrentWidget(window.training_panel.live)
        window.show_training()
        try:
            _replay(window, report)
        finally:
            window.close()
            window.deleteLater()
    return report


def _replay(window: MainWindow, report: TrainingReport) -> None:
    import psutil

    from app.stall_meter import StallMeter, run_events

    process = psutil.Process()
    events = _events(int((report.hours * _HOUR_S + _LIVE_S) * _STEPS_PER_S))
    tenth = report.hours * _HOUR_S * _STEPS_PER_S / 10
    run_events(_SETTLING_MS)
    report.memory_bytes.append(process.memory_info().rss)
    while len(report.memory_bytes) <= 10:
        window.training_panel.show_event(next(events))
        report.events += 1
        if report.events % _EVENTS_AT_ONCE == 0:
            run_events(0)
        if report.events >= tenth * len(report.memory_bytes):
            report.memory_bytes.append(process.memory_info().rss)
    run_events(_SETTLING_MS)
    meter = StallMeter(window)
    meter.restart()
    worked = time.process_time()
    for event in itertools.islice(events, _LIVE_S * _STEPS_PER_S):
        window.training_panel.show_event(event)
        run_events(1000 // _STEPS_PER_S)
    report.longest_stall_ms = round(meter.longest_ms, 1)
    report.longest_work_ms = round(meter.longest_work_ms, 1)
    report.work_share = round((time.process_time() - worked) / _LIVE_S, 3)


def _events(steps: int) -> Iterator[Event]:
    """A run as a worker tells it."""
    epochs = -(-steps // _EPOCH_STEPS)
    yield RunStarted(
        run_id="replayed",
        run_dir="runs/replayed",
        method="fpt+",
        backbone="vit_base_patch16_384",
        pretrained=True,
        class_names=("a", "b"),
        trainable_parameters=900_965,
        total_parameters=86_900_965,
        epochs=epochs,
        total_steps=steps,
        first_step=0,
        full_finetuning_bytes=13_874_000_000,
    )
    for step in range(1, steps + 1):
        epoch, done = -(-step // _EPOCH_STEPS), step / steps
        loss = 0.7 * math.exp(-3 * done) + 0.05 * math.sin(step)
        memory = 700_000_000 + step % 97 * 1_000_000
        yield StepCompleted(
            epoch, step, steps, loss, 1e-3 * (1 - done), memory, 45 + step % 7, step / 10
        )
        if step % _EPOCH_STEPS == 0:
            yield EpochCompleted(epoch, epochs, loss, loss + 0.1, 1 - loss / 2, True, step / 10)
        if step % _WARNED_EVERY == 0:
            yield Warned(f"An image could not be read in step {step}.", "It is left out.")
