"""All frames of a file answered in the window, by a real worker."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QPoint, QPointF, Qt
from pytestqt.qtbot import QtBot

from app.main_window import MainWindow
from app.review_panel.series_box import SeriesBox
from fpt_core.events import FrameAnswered, Stopped
from fpt_core.jobs.requests import FramesRequest
from tests.pictures import write_image

Until = Callable[[Callable[[], bool]], None]
FRAMES = 6


@pytest.fixture
def stack(tmp_path: Path) -> Path:
    path = tmp_path / "stack.tif"
    rng = np.random.default_rng(0)
    pages = [
        Image.fromarray(rng.integers(0, 40 * page + 40, (48, 64, 3), np.uint8))
        for page in range(FRAMES)
    ]
    pages[0].save(path, save_all=True, append_images=pages[1:])
    return path


@pytest.fixture
def box(qtbot: QtBot, stack: Path, tmp_path: Path) -> SeriesBox:
    box = SeriesBox()
    qtbot.addWidget(box)
    box.show_file(stack, tmp_path / "model.fpt")
    box.show_frame(0, FRAMES)
    return box


def frame(path: Path, number: int, ill: float) -> FrameAnswered:
    return FrameAnswered(str(path), number, FRAMES, ("healthy", "ill"), (1 - ill, ill))


def test_frames_are_answered_drawn_and_gone_to_by_a_click(
    qtbot: QtBot, window: MainWindow, trained: tuple[Path, Path], stack: Path, until: Until
) -> None:
    panel, series = window.review_panel, window.review_panel.series
    window.show_review()
    panel.use_model(trained[1])
    panel.open_path(stack)
    until(series.button.isVisible)

    qtbot.mouseClick(series.button, Qt.MouseButton.LeftButton)
    until(lambda: f"({FRAMES} of {FRAMES} answered)" in series.text.text())
    until(lambda: series.button.text() == "Answer all frames")
    assert "mean of all frames" in series.text.text()
    series.rules.setCurrentIndex(1)
    assert "highest of all frames" in series.text.text()

    curve = series.curve
    until(lambda: curve.isVisible() and curve.width() > 200)
    place = curve.mapFromScene(curve.getViewBox().mapViewToScene(QPointF(4, 0.5)))
    qtbot.mouseClick(curve.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(place))
    until(lambda: panel.viewer.frame == 3)
    assert curve.marked == 3
    qtbot.keyClick(panel.view, Qt.Key.Key_Down)
    until(lambda: curve.marked == 4)


def test_what_was_answered_stays_when_it_is_stopped(
    qtbot: QtBot, box: SeriesBox, stack: Path
) -> None:
    requests: list[FramesRequest] = []
    box.frames_wanted.connect(requests.append)
    qtbot.mouseClick(box.button, Qt.MouseButton.LeftButton)
    box.show_event(frame(stack, 0, 0.2))
    box.show_event(frame(stack, 1, 0.9))
    with qtbot.waitSignal(box.stop_wanted):
        qtbot.mouseClick(box.button, Qt.MouseButton.LeftButton)
    assert not box.button.isEnabled(), "until the job has ended"
    box.show_event(frame(stack, 2, 0.9))
    box.show_event(Stopped())
    assert box.button.isEnabled()
    assert box.text.text() == "ill 55.0%: mean of all frames (2 of 6 answered)"
    assert [request.path for request in requests] == [stack]


def test_another_file_ends_the_job_and_takes_its_curve_away(
    qtbot: QtBot, box: SeriesBox, stack: Path, tmp_path: Path
) -> None:
    qtbot.mouseClick(box.button, Qt.MouseButton.LeftButton)
    box.show_event(frame(stack, 0, 0.2))
    with qtbot.waitSignal(box.stop_wanted):
        box.show_file(write_image(tmp_path / "next.png", 1), tmp_path / "model.fpt")
    box.show_frame(0, 1)
    assert box.text.text() == ""
    assert box.isHidden()
    assert box.curve.isHidden()


def test_without_a_model_nothing_can_be_asked(qtbot: QtBot, stack: Path) -> None:
    box = SeriesBox()
    qtbot.addWidget(box)
    box.show_file(stack, None)
    box.show_frame(0, FRAMES)
    assert not box.button.isEnabled()
