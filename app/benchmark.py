"""``python -m app.benchmark``: does the window answer at once, with a large data set in it?

With ``--training-hours`` it replays a long training run instead, with ``--viewer`` it moves,
windows and scrolls large images in Review.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from app.benchmark_training import TrainingReport, measure_training
from app.pages.pages import PAGES, Pages

if TYPE_CHECKING:
    from app.benchmark_viewer import ViewerReport
    from app.main_window import MainWindow
    from app.stall_meter import StallMeter

_TIMEOUT_S = 600.0
_SCROLL_STEPS = 150
_FRAME_MS = 16
_FILTER_MS = 250
_EDITED_IMAGES = 1000
_IDLE_MS = 2000
_VISIT_MS = 500
_VISITS = 4


@dataclass(slots=True)
class Report:
    """What was measured."""

    images: int
    imported_images: int
    trained_images: int
    time_to_usable_s: float = 0.0
    """From opening the project to its first thumbnail on screen."""
    import_s: float = 0.0
    longest_stall_ms: dict[str, float] = field(default_factory=dict)
    """Of the GUI thread, in each phase; what it is while nothing is done is the machine's."""
    longest_work_ms: dict[str, float] = field(default_factory=dict)
    """Processor time of the window's process in one stall: what it would be on an idle machine."""
    memory_bytes: int = 0
    """Resident memory of the window's process at the end; its worker is a process of its own."""

    def as_text(self) -> str:
        """Lines for a person."""
        stalls = "\n".join(
            f"  {phase:<8} {stall:6.0f} ms, of which work {self.longest_work_ms[phase]:.0f} ms"
            for phase, stall in self.longest_stall_ms.items()
        )
        return (
            f"{self.images:,} images; {self.imported_images:,} more imported in the background, "
            f"{self.trained_images:,} others trained on\n"
            f"time to usable   {self.time_to_usable_s:.1f} s\n"
            f"import           {self.import_s:.1f} s\n"
            f"resident memory  {self.memory_bytes / 1e6:.0f} MB\n"
            f"longest stall    {max(self.longest_stall_ms.values()):.0f} ms\n{stalls}"
        )


class Benchmark:
    """Drives a window as a person would, and measures how long it does not answer.

    Args:
        window: On screen.
        meter: Measures the GUI thread.
        report: Is filled in.
    """

    def __init__(self, window: MainWindow, meter: StallMeter, report: Report) -> None:
        self._window, self._meter, self._report = window, meter, report
        self._panel = window.dataset_panel
        self._gallery = window.dataset_panel.page.gallery

    def run(self, project: Path, folder: Path, small: Path) -> None:
        """All phases in a row: ``small`` is trained on, ``folder`` goes into ``project``."""
        self._phase("idle", self._idle)
        self._phase("pages", self._make_pages)
        self._phase("train", lambda: self._train(small))
        self._phase("open", lambda: self._open(project))
        self._phase("scroll", self._scroll)
        self._phase("filter", self._filter)
        self._phase("edit", self._edit)
        self._phase("import", lambda: self._import(folder))

    def _phase(self, name: str, act: Callable[[], None]) -> None:
        self._meter.restart()
        act()
        self._report.longest_stall_ms[name] = round(self._meter.longest_ms, 1)
        self._report.longest_work_ms[name] = round(self._meter.longest_work_ms, 1)

    def _until(self, condition: Callable[[], bool]) -> None:
        from app.stall_meter import run_events_until

        run_events_until(condition, _TIMEOUT_S)

    def _idle(self) -> None:
        from app.stall_meter import run_events

        run_events(_IDLE_MS)

    def _make_pages(self) -> None:
        pages = self._window.findChild(Pages)
        self._window.make_all_pages()
        self._until(lambda: pages.count() == len(PAGES))

    def _train(self, project: Path) -> None:
        """Plan, prepare and train, and look at every page meanwhile."""
        from app.stall_meter import run_events

        window, panel = self._window, self._window.training_panel
        window.open_project(project)
        window.show_training()
        self._until(panel.plan.start.isEnabled)
        panel.plan.start.click()
        self._until(lambda: bool(panel.live.charts.loss.points("training")[0]))
        for _ in range(_VISITS):
            for name in PAGES:
                window.show_page(name)
                run_events(_VISIT_MS)
        window.trainer.stop()
        self._until(lambda: not window.trainer.busy)
        window.show_dataset()

    def _open(self, project: Path) -> None:
        start = time.perf_counter()
        self._window.open_project(project)
        self._until(lambda: self._gallery.images.rowCount() == self._report.images)
        first = self._gallery.images.image(0)
        self._until(lambda: self._gallery.thumbnails.picture(first) is not None)
        self._report.time_to_usable_s = round(time.perf_counter() - start, 2)

    def _scroll(self) -> None:
        from app.stall_meter import run_events

        bar = self._gallery.grid.verticalScrollBar()
        for step in range(_SCROLL_STEPS):
            # By thirds of a page mostly, and now and then from one end to the other.
            far = step % 50 == 49
            bar.setValue(bar.maximum() * (step % 3) // 2 if far else bar.value() + 60)
            run_events(_FRAME_MS)

    def _filter(self) -> None:
        from app.stall_meter import run_events

        bar = self._gallery.filter_bar
        for act in (
            lambda: bar.classes.setCurrentIndex(2),
            lambda: bar.splits.setCurrentIndex(1),
            lambda: bar.text.setText("scan_00"),
            lambda: bar.order.setCurrentIndex(3),
            bar.clear,
            lambda: bar.order.setCurrentIndex(0),
            self._gallery.grid.selectAll,
            self._gallery.grid.clearSelection,
        ):
            act()
            run_events(_FILTER_MS)

    def _edit(self) -> None:
        edits = self._panel.page.history.list
        self._gallery.grid.select_rows(list(range(_EDITED_IMAGES)), 0)
        ids = [image.id for image in self._gallery.selected_images()]
        self._gallery.relabel_wanted.emit(ids, "another class")
        self._until(lambda: edits.count() == 1)
        self._panel.undo()
        self._until(lambda: edits.count() == 0)

    def _import(self, folder: Path) -> None:
        page = self._panel.import_flow.page
        start = time.perf_counter()
        self._panel.choose_sources([folder])
        self._until(page.isVisible)
        page.start.click()
        self._until(lambda: self._window.trainer.busy)
        self._until(lambda: not self._window.trainer.busy)
        expected = self._report.images + self._report.imported_images
        self._until(lambda: len(self._gallery.images.catalogue) == expected)
        self._report.import_s = round(time.perf_counter() - start, 2)


def measure(images: int, imported_images: int, trained_images: int) -> Report:
    """Make a data set, open the window on it, and measure."""
    import psutil
    from PySide6.QtWidgets import QApplication

    from app.benchmark_data import make_folder, make_project
    from app.main_window import MainWindow
    from app.settings import Settings
    from app.stall_meter import StallMeter
    from app.theme import apply_theme

    report = Report(images, imported_images, trained_images)
    application = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(application, QApplication), "a window has an application"
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        place = Path(name)
        project = make_project(place / "data", images)
        folder = make_folder(place / "more", imported_images)
        small = make_project(place / "small", trained_images)
        settings = Settings(place / "settings.ini")
        apply_theme(application, settings.theme)
        window = MainWindow(settings, ask_to_stop=lambda _: True)
        window.show()
        meter = StallMeter(window)
        try:
            Benchmark(window, meter, report).run(project.path, folder, small.path)
            report.memory_bytes = psutil.Process().memory_info().rss
        finally:
            window.close()
            window.deleteLater()
    return report


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m app.benchmark", description=__doc__)
    parser.add_argument("--images", type=int, default=50_000, help="in the project")
    parser.add_argument("--imported", type=int, default=5_000, help="in the background")
    parser.add_argument("--trained", type=int, default=120, help="in a project of their own")
    parser.add_argument(
        "--training-hours", type=float, metavar="HOURS", help="replay a run of this length instead"
    )
    parser.add_argument(
        "--viewer", action="store_true", help="move, window and scroll in Review instead"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object")
    arguments = parser.parse_args(argv)
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    report: Report | TrainingReport | ViewerReport
    if arguments.viewer:
        from app.benchmark_viewer import measure_viewer

        report = measure_viewer()
    elif arguments.training_hours is not None:
        report = measure_training(arguments.training_hours)
    else:
        report = measure(arguments.images, arguments.imported, arguments.trained)
    sys.stdout.write((json.dumps(asdict(report)) if arguments.json else report.as_text()) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
