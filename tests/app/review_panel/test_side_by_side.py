"""Two images, and one image under two models, side by side with linked views."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pydicom.data import get_testdata_file
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QMessageBox
from pytestqt.qtbot import QtBot

from app.review_panel.review_panel import ReviewPanel
from fpt_core.events import Predicted, TokenMap
from tests.app.viewer.mouse import drag
from tests.pictures import write_image

Until = Callable[[Callable[[], bool]], None]
TOKENS = TokenMap(2, 2, (0.1, 0.9, 0.2, 0.4), (0, 0, 48, 48))


@pytest.fixture
def panel(panel: ReviewPanel) -> ReviewPanel:
    """Wide enough for two images."""
    panel.resize(1200, 700)
    return panel


def show(panel: ReviewPanel, until: Until, path: Path) -> None:
    panel.open_path(path)
    until(lambda: panel.viewer.path == path and panel.viewer.frames > 0)


def show_under_first_model(panel: ReviewPanel, until: Until, folder: Path) -> Path:
    image = write_image(folder / "image.png", 1)
    panel.use_model(folder / "first.fpt")
    show(panel, until, image)
    return image


def keep(qtbot: QtBot, panel: ReviewPanel, until: Until) -> None:
    qtbot.keyClick(panel.view, Qt.Key.Key_B)
    until(lambda: panel.beside.kept.frames > 0)


def stack(path: Path, frames: int) -> Path:
    pages = [Image.fromarray(np.full((48, 64), 20 * page, np.uint8)) for page in range(frames)]
    pages[0].save(path, save_all=True, append_images=pages[1:])
    return path


def test_two_images_pan_and_zoom_together(
    qtbot: QtBot, panel: ReviewPanel, until: Until, tmp_path: Path
) -> None:
    show(panel, until, write_image(tmp_path / "first.png", 1, size=64))
    keep(qtbot, panel, until)
    show(panel, until, write_image(tmp_path / "second.png", 2, size=128))
    kept = panel.beside.kept
    assert kept.path == tmp_path / "first.png"

    drag(panel.view, Qt.MouseButton.RightButton, QPoint(0, -30))
    drag(panel.view, Qt.MouseButton.MiddleButton, QPoint(40, 10))
    ours, theirs = panel.view.placement, kept.view.placement
    assert theirs.scale == pytest.approx(2 * ours.scale), "of half as many pixels"
    assert theirs.centre == pytest.approx(ours.centre, abs=0.02)

    drag(kept.view, Qt.MouseButton.MiddleButton, QPoint(-60, 20))
    assert panel.view.placement.centre == pytest.approx(kept.view.placement.centre, abs=0.02)


def test_one_image_under_two_models_keeps_each_answer(
    qtbot: QtBot, panel: ReviewPanel, until: Until, tmp_path: Path
) -> None:
    image = show_under_first_model(panel, until, tmp_path)
    panel.show_event(Predicted(str(image), ("healthy", "ill"), (0.3, 0.7), TOKENS, 0.5))
    keep(qtbot, panel, until)
    panel.use_model(tmp_path / "second.fpt")
    panel.show_event(Predicted(str(image), ("healthy", "ill"), (0.8, 0.2), None, 0.5))

    kept = panel.beside
    assert kept.text.text().startswith("Right: ill 70.0% · ")
    assert "first.fpt" in kept.text.text()
    assert kept.kept.view.heatmap_visible
    assert not panel.view.heatmap_visible
    qtbot.keyClick(panel.view, Qt.Key.Key_H)
    assert not kept.kept.view.heatmap_visible, "one key for both"


def test_an_answer_that_comes_later_finds_the_image_that_was_kept(
    qtbot: QtBot, panel: ReviewPanel, until: Until, tmp_path: Path
) -> None:
    image = show_under_first_model(panel, until, tmp_path)
    keep(qtbot, panel, until)
    other = write_image(tmp_path / "other.png", 2)
    show(panel, until, other)
    panel.show_event(Predicted(str(image), ("healthy", "ill"), (0.3, 0.7), TOKENS, 0.5))
    panel.show_event(Predicted(str(other), ("healthy", "ill"), (0.8, 0.2), None, 0.5))
    assert panel.beside.text.text().startswith("Right: ill 70.0% · ")
    assert panel.beside.kept.view.heatmap_visible
    assert not panel.view.heatmap_visible


def test_both_images_are_as_large_and_stay_so_when_room_is_taken(
    qtbot: QtBot, panel: ReviewPanel, until: Until, tmp_path: Path
) -> None:
    show(panel, until, write_image(tmp_path / "image.png", 1))
    keep(qtbot, panel, until)
    kept = panel.beside.kept.view

    def are_alike() -> bool:
        ours, theirs = panel.view.placement, kept.placement
        return ours.centre == pytest.approx(theirs.centre, abs=0.01) and (
            ours.scale == pytest.approx(theirs.scale)
        )

    assert abs(kept.width() - panel.view.width()) <= 1
    assert kept.height() == panel.view.height()
    assert are_alike()
    before = kept.placement.scale
    panel.resize(panel.width() - 200, panel.height() - 200)
    until(lambda: kept.placement.scale < before and are_alike())


def test_a_model_that_is_chosen_takes_the_old_answer_away(
    qtbot: QtBot, panel: ReviewPanel, until: Until, tmp_path: Path
) -> None:
    image = show_under_first_model(panel, until, tmp_path)
    panel.show_event(Predicted(str(image), ("healthy", "ill"), (0.3, 0.7), None, 0.5))
    panel.use_model(tmp_path / "second.fpt")
    keep(qtbot, panel, until)
    assert panel.beside.text.text() == "Right: No answer"


def test_frames_go_together_and_the_shorter_file_waits_at_its_end(
    qtbot: QtBot, panel: ReviewPanel, until: Until, tmp_path: Path
) -> None:
    show(panel, until, stack(tmp_path / "short.tif", 4))
    keep(qtbot, panel, until)
    show(panel, until, stack(tmp_path / "long.tif", 8))
    kept = panel.beside.kept
    qtbot.keyClick(panel.view, Qt.Key.Key_Down)
    until(lambda: (panel.viewer.frame, kept.frame) == (1, 1))
    qtbot.keyClick(panel.view, Qt.Key.Key_End)
    until(lambda: (panel.viewer.frame, kept.frame) == (7, 3))
    qtbot.keyClick(kept.view, Qt.Key.Key_Up)
    until(lambda: (panel.viewer.frame, kept.frame) == (2, 2))


def test_the_window_is_linked_where_that_is_wanted(
    qtbot: QtBot, panel: ReviewPanel, until: Until
) -> None:
    show(panel, until, Path(get_testdata_file("CT_small.dcm", download=False)))
    keep(qtbot, panel, until)
    kept = panel.beside.kept.view
    before = kept.window_level
    drag(panel.view, Qt.MouseButton.LeftButton, QPoint(30, 10))
    assert kept.window_level == before
    qtbot.mouseClick(panel.beside.windows, Qt.MouseButton.LeftButton, pos=QPoint(8, 8))
    assert kept.window_level == panel.view.window_level
    drag(kept, Qt.MouseButton.LeftButton, QPoint(50, 10))
    assert kept.window_level == panel.view.window_level != before


def test_the_key_and_the_button_end_it_and_it_is_listed(
    qtbot: QtBot, panel: ReviewPanel, until: Until, tmp_path: Path
) -> None:
    show(panel, until, write_image(tmp_path / "image.png", 1))
    qtbot.mouseClick(panel.beside.button, Qt.MouseButton.LeftButton)
    until(lambda: panel.beside.kept.frames > 0)
    qtbot.keyClick(panel.view, Qt.Key.Key_B)
    assert not panel.beside.is_on
    qtbot.keyClick(panel.view, "?")
    box = panel.viewer.findChild(QMessageBox, "keyHelp")
    assert box is not None
    assert "beside the next" in box.text()
    box.close()
