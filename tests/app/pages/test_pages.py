"""Pages are made when they are asked for, and know by then what the others were told."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QStackedWidget

from app.main_window import MainWindow
from app.pages.pages import PAGES
from tests.app.samples import make_project

Until = Callable[[Callable[[], bool]], None]


def made(window: MainWindow) -> list[str]:
    stack = window.centralWidget().findChild(QStackedWidget)
    return [stack.widget(place).objectName() for place in range(stack.count())]


def test_a_start_makes_the_page_that_is_seen(window: MainWindow) -> None:
    assert made(window) == ["datasetPanel"]
    window.show_review()
    window.show_dataset()
    window.show_review()
    assert made(window) == ["datasetPanel", "reviewPanel"]
    assert window.review_panel.isVisible()


def test_the_others_are_made_while_nobody_waits(window: MainWindow, until: Until) -> None:
    window.make_all_pages()
    until(lambda: len(made(window)) == len(PAGES))
    assert set(made(window)) == {f"{name}Panel" for name in PAGES}
    assert window.dataset_panel.isVisible()


def test_a_window_may_close_while_they_are_made(window: MainWindow) -> None:
    window.make_all_pages()
    window.close()
    assert window.trainer.isFinished()


def test_a_page_made_later_has_the_project_and_the_theme(
    window: MainWindow, until: Until, tmp_path: Path
) -> None:
    window.use_dark_theme()
    window.open_project(make_project(tmp_path).path)
    window.show_training()
    until(window.training_panel.plan.start.isEnabled)
    chart = window.training_panel.live.charts.loss
    assert chart.backgroundBrush().color().name() == window.colours.background


def test_a_page_made_while_a_job_runs_waits_for_its_end(window: MainWindow, tmp_path: Path) -> None:
    window.open_project(make_project(tmp_path).path)
    window.trainer._busy = True
    try:
        window.show_training()
        assert not window.training_panel.plan.start.isEnabled()
    finally:
        window.trainer._busy = False


def test_the_window_alone_imports_nothing_heavy() -> None:
    heavy = "{'torch', 'pyqtgraph', 'scipy', 'sklearn', 'pydicom', 'SimpleITK', 'matplotlib'}"
    code = f"import sys, app.main_window; sys.exit(str({heavy} & sys.modules.keys() or ''))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stderr.strip() == ""


def test_no_page_imports_torch() -> None:
    pages = ", ".join(f"app.pages.{name}" for name in PAGES)
    code = f"import sys, {pages}; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
