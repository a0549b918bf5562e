"""Drops, imports and closing, in the real window."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication, QMessageBox, QPushButton
from pytestqt.qtbot import QtBot

from app.main_window import MainWindow
from app.settings import Settings
from fpt_core.dataset.project import Project
from fpt_core.jobs.requests import AuditRequest, TrainRequest
from tests.app.samples import (
    classes_shown,
    confirm_import,
    drop,
    make_project,
    press,
    when_asked,
    write_slow_folder,
)
from tests.pictures import write_image, write_labelled_folders

Until = Callable[[Callable[[], bool]], None]


def test_a_dropped_folder_is_imported_into_a_project_beside_it(
    qtbot: QtBot, window: MainWindow, until: Until, tmp_path: Path
) -> None:
    window.show_review()

    drop(window, write_labelled_folders(tmp_path / "images"))
    confirm_import(qtbot, window.dataset_panel)
    until(lambda: len(classes_shown(window.dataset_panel)) == 2)

    assert window.dataset_panel.isVisible()
    assert window.windowTitle().startswith("images")
    assert Project.exists(tmp_path / "images.fptproject")
    until(window.training_panel.plan.start.isEnabled)


def test_a_failed_import_leaves_no_project_behind(
    qtbot: QtBot, window: MainWindow, until: Until, tmp_path: Path
) -> None:
    for name in "ab":
        write_image(tmp_path / "nothing" / name / "0.png", 0).write_bytes(b"nothing")

    drop(window, tmp_path / "nothing")
    confirm_import(qtbot, window.dataset_panel)
    until(lambda: window.dataset_panel.message.isVisible() and not window.trainer.busy)

    assert not (tmp_path / "nothing.fptproject").exists()


def test_a_dropped_project_is_opened(window: MainWindow, until: Until, tmp_path: Path) -> None:
    drop(window, make_project(tmp_path).path)

    assert window.windowTitle().startswith("six")
    until(lambda: len(classes_shown(window.dataset_panel)) == 2)


def test_a_dropped_image_is_shown_in_review(
    window: MainWindow, until: Until, tmp_path: Path
) -> None:
    drop(window, write_image(tmp_path / "image.png", 1))

    assert window.review_panel.isVisible()
    until(window.review_panel.view.isVisible)


def test_a_dropped_model_file_shows_its_card(
    window: MainWindow, until: Until, tmp_path: Path
) -> None:
    model = tmp_path / "broken.fpt"
    model.write_bytes(b"nothing")
    drop(window, model)

    assert window.models_panel.isVisible()
    until(window.models_panel.message.isVisible)
    assert "broken.fpt" in window.models_panel.message.text


def test_a_second_window_on_a_project_may_only_look(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    project = make_project(tmp_path)
    window.open_project(project.path)
    second = MainWindow(Settings(tmp_path / "second.ini"), ask_to_stop=lambda _: True)
    second.show()
    second.open_project(project.path)

    assert "(read-only)" in second.windowTitle()
    assert second.read_only.isVisible()
    assert "open in another window" in second.read_only.text
    assert not second.training_panel.plan.start.isEnabled()
    second.dataset_panel.job_wanted.emit((AuditRequest(project.path),))
    assert not second.trainer.busy
    assert "read-only" in second.dataset_panel.message.text

    window.close()
    second.read_only.findChild(QPushButton, "readOnlyButton").click()
    assert not second.read_only.isVisible()
    assert second.training_panel.plan.start.isEnabled()
    second.close()
    second.deleteLater()


def test_training_waits_for_an_import_in_progress(
    qtbot: QtBot, window: MainWindow, until: Until, tmp_path: Path
) -> None:
    window.open_project(make_project(tmp_path).path)
    assert window.training_panel.plan.start.isEnabled()

    window.dataset_panel.choose_sources([write_slow_folder(tmp_path / "slow")])
    confirm_import(qtbot, window.dataset_panel)
    until(lambda: window.trainer.busy and not window.training_panel.plan.start.isEnabled())
    window.trainer.stop()

    until(window.training_panel.plan.start.isEnabled)


def test_another_project_waits_for_the_job_in_progress(
    qtbot: QtBot, window: MainWindow, until: Until, tmp_path: Path
) -> None:
    project = make_project(tmp_path)
    window.open_path(write_slow_folder(tmp_path / "slow"))
    confirm_import(qtbot, window.dataset_panel)
    until(lambda: window.trainer.busy)

    window.open_project(project.path)

    assert not window.windowTitle().startswith("six")
    assert window.dataset_panel.message.isVisible()


@pytest.mark.parametrize("choice", ["Stop and close", "Keep running"])
def test_closing_while_a_job_runs_asks(
    qtbot: QtBot, until: Until, tmp_path: Path, choice: str
) -> None:
    window = MainWindow(Settings(tmp_path / "settings.ini"))
    qtbot.addWidget(window)
    window.show()
    window.open_path(write_slow_folder(tmp_path / "slow"))
    confirm_import(qtbot, window.dataset_panel)
    until(lambda: window.trainer.busy)

    QTimer.singleShot(0, lambda: _press(choice))
    closed = window.close()

    assert closed == (choice == "Stop and close")
    assert window.trainer.isRunning() != closed
    window.trainer.shutdown()
    assert not window.trainer.busy
    assert window.close(), "there is nothing left to ask about"


def _press(text: str) -> None:
    (box,) = [w for w in QApplication.topLevelWidgets() if isinstance(w, QMessageBox)]
    (button,) = [button for button in box.buttons() if button.text() == text]
    button.click()


def test_an_image_that_arrives_after_closing_asks_nothing(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    window.review_panel.use_model(tmp_path / "any.fpt")
    window.review_panel.open_path(write_image(tmp_path / "image.png", 1))

    window.close()
    qtbot.wait(50)

    assert window.responder.isFinished()
    assert window.responder.worker_pid is None


def test_a_wrong_label_is_found_looked_at_and_put_right(
    qtbot: QtBot, window: MainWindow, until: Until, tmp_path: Path
) -> None:
    source = write_labelled_folders(tmp_path / "images")
    shutil.copy(source / "dark" / "001.png", source / "bright" / "copy.png")
    (source / "labels.csv").unlink()
    drop(window, source)
    confirm_import(qtbot, window.dataset_panel)
    page = window.dataset_panel.page
    until(lambda: page.has_images and page.audit.run.isEnabled())

    page.tabs.setCurrentWidget(page.audit)
    qtbot.mouseClick(page.audit.run, Qt.MouseButton.LeftButton)
    until(lambda: len(page.audit.cards) > 0 and not window.trainer.busy)
    kind = "copies-conflicting-labels"
    (card,) = [card for card in page.audit.cards if card.finding.kind == kind]
    show, exclude = card.buttons
    show.click()
    images = [page.gallery.images.image(row) for row in range(page.gallery.images.rowCount())]
    assert {image.path.name for image in images} == {"001.png", "copy.png"}

    when_asked(QMessageBox, press(exclude.text()))
    exclude.click()
    until(lambda: page.history.list.count() == 1)
    assert "has changed since" in page.audit.state

    window.undo_edit()
    until(lambda: page.history.list.count() == 0)
    assert "has changed since" not in page.audit.state


def test_requests_carry_what_the_panels_say(
    window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = make_project(tmp_path)
    asked: list[object] = []
    monkeypatch.setattr(window.trainer, "submit", asked.append)
    window.open_project(project.path)

    window.dataset_panel.page.audit.audit_wanted.emit(False)
    window.training_panel.plan.start.click()

    auditing, training = asked
    assert auditing == AuditRequest(project.path)
    assert isinstance(training, TrainRequest)
    assert training.prepare.project == project.path
