"""The real window with real workers, driven as a person would."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from pydicom.data import get_testdata_file
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QPushButton, QWidget
from pytestqt.qtbot import QtBot

from app.main_window import MainWindow
from app.settings import Settings
from app.widgets.choice import choose
from fpt_core.dataset.project import Project
from tests.app.samples import classes_shown, confirm_import
from tests.pictures import write_image, write_labelled_folders

Until = Callable[[Callable[[], bool]], None]
pytestmark = pytest.mark.timeout(400)


def _drop(target: QWidget, path: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    event = QDropEvent(
        QPointF(20, 20),
        Qt.DropAction.CopyAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    target.dropEvent(event)


def _click(qtbot: QtBot, window: MainWindow, name: str) -> None:
    button = window.findChild(QPushButton, name)
    assert button is not None
    assert button.isEnabled(), name
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def _import(qtbot: QtBot, window: MainWindow, until: Until, tmp_path: Path) -> Project:
    source = write_labelled_folders(tmp_path / "images")
    (source / "bright" / "broken.png").write_bytes(b"nothing")
    _drop(window, source / "labels.csv")
    confirm_import(qtbot, window.dataset_panel)
    until(lambda: len(classes_shown(window.dataset_panel)) == 2 and not window.trainer.busy)
    return Project.open(tmp_path / "images.fptproject")


def _start(qtbot: QtBot, window: MainWindow, epochs: int) -> None:
    window.show_training()
    form = window.training_panel.plan.form
    form.image_size.setItemData(0, 64)
    form.image_size.setCurrentIndex(0)
    form.advanced.epochs.setValue(epochs)
    form.batch_size.setValue(4)
    _click(qtbot, window, "startTraining")


def test_import_train_drop_an_image_see_the_heatmap(
    qtbot: QtBot, window: MainWindow, until: Until, tmp_path: Path
) -> None:
    project = _import(qtbot, window, until, tmp_path)
    assert project.num_patients() == 12
    assert window.dataset_panel.page.gallery.images.rowCount() == 24
    _start(qtbot, window, epochs=2)
    panel = window.training_panel
    until(lambda: panel.message.text.startswith("Test AUC"))
    assert len(panel.live.charts.loss.points("validation")[0]) == 2
    assert panel.live.charts.loss.points("training")[0]
    assert panel.live.charts.memory.points("in use")[0]
    assert not window.findChild(QWidget, "randomBanner").isVisible()

    _click(qtbot, window, "trainingMessageButton")
    review = window.review_panel
    assert review.isVisible()
    _drop(review, write_image(tmp_path / "new image.png", 77))
    until(lambda: review.view.heatmap_visible)
    qtbot.keyClick(review, Qt.Key.Key_H)
    assert not review.view.heatmap_visible
    before = review.heatmap.opacity.value()
    qtbot.keyClick(review, Qt.Key.Key_BracketRight)
    assert review.heatmap.opacity.value() > before

    review.heatmap.shown.setChecked(True)
    _drop(review, Path(get_testdata_file("CT_small.dcm", download=False)))
    until(lambda: review.view.heatmap_visible and review.view.window_level.width > 1)
    viewport = review.view.viewport()
    level = review.view.window_level
    qtbot.mousePress(viewport, Qt.MouseButton.LeftButton, pos=viewport.rect().center())
    review.view.mouseMoveEvent(_drag(viewport, 40, 25))
    assert review.view.window_level != level

    _drop(review, tmp_path / "images" / "bright" / "broken.png")
    until(lambda: review.message.isVisible())
    assert "broken.png" in review.message.text


def _drag(viewport: QWidget, dx: int, dy: int):  # type: ignore[no-untyped-def]
    from PySide6.QtCore import QEvent
    from PySide6.QtGui import QMouseEvent

    position = QPointF(viewport.rect().center()) + QPointF(dx, dy)
    return QMouseEvent(
        QEvent.Type.MouseMove,
        position,
        viewport.mapToGlobal(position),
        Qt.MouseButton.NoButton,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )


def _first_step(window: MainWindow) -> float:
    steps = window.training_panel.live.charts.loss.points("training")[0]
    return steps[0] if steps else 0


def test_killed_worker_is_told_calmly_and_the_run_resumes(
    qtbot: QtBot, window: MainWindow, until: Until, tmp_path: Path
) -> None:
    project = _import(qtbot, window, until, tmp_path)
    choose(window.training_panel.plan.form.method, "fpt+")
    _start(qtbot, window, epochs=300)
    panel = window.training_panel
    until(lambda: len(panel.live.charts.loss.points("validation")[0]) >= 2)
    assert window.trainer.worker_pid is not None
    os.kill(window.trainer.worker_pid, signal.SIGKILL)
    until(lambda: "are kept" in panel.message.text)
    assert project.runs()[0].status == "interrupted"

    _click(qtbot, window, "trainingMessageButton")
    until(lambda: _first_step(window) > 1)  # it goes on, not back to the start
    _click(qtbot, window, "stopTraining")
    until(lambda: not window.trainer.busy)
    assert project.runs()[0].status == "stopped"
    assert len(project.runs()) == 1


def test_closing_while_training_asks_and_leaves_a_run_that_resumes(
    qtbot: QtBot, until: Until, tmp_path: Path
) -> None:
    answers = [False, True]
    window = MainWindow(Settings(tmp_path / "settings.ini"), lambda _: answers.pop(0))
    window.show()
    project = _import(qtbot, window, until, tmp_path)
    choose(window.training_panel.plan.form.method, "fpt+")
    _start(qtbot, window, epochs=300)
    until(lambda: bool(window.training_panel.live.charts.loss.points("validation")[0]))
    assert not window.close()
    assert window.trainer.busy
    assert window.close()
    assert answers == []
    (run,) = project.runs()
    assert run.status == "stopped"
    assert (project.runs_dir / run.id / "checkpoint.pt").is_file()
    assert run.model_path is not None
    assert run.model_path.is_file()
    window.deleteLater()
