from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFileOpenEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.main_window import MainWindow
from app.shell import Shell
from app.single_instance import SingleInstance
from tests.images.dicom_files import dicom_file


@pytest.fixture
def instance(window: MainWindow, qtbot: QtBot) -> Iterator[SingleInstance]:
    instance = SingleInstance(f"fpt-test-{uuid.uuid4().hex[:12]}")
    shell = Shell(window, instance)
    yield instance
    application = QApplication.instance()
    assert application is not None
    application.removeEventFilter(shell)


def test_an_image_of_another_start_is_shown(
    window: MainWindow, instance: SingleInstance, qtbot: QtBot
) -> None:
    window.showMinimized()
    instance.files_received.emit([dicom_file("MR_small.dcm")])
    qtbot.waitUntil(lambda: window.review_panel.viewer.path == dicom_file("MR_small.dcm"))
    assert window.review_panel.isVisible()
    assert not window.windowState() & Qt.WindowState.WindowMinimized


def test_a_start_without_files_brings_the_window_to_the_front(
    window: MainWindow, instance: SingleInstance
) -> None:
    window.showMinimized()
    instance.files_received.emit([])
    assert not window.windowState() & Qt.WindowState.WindowMinimized
    assert window.dataset_panel.isVisible()


def test_files_that_macos_sends_are_opened(
    window: MainWindow, instance: SingleInstance, qtbot: QtBot
) -> None:
    application = QApplication.instance()
    assert application is not None
    QApplication.sendEvent(application, QFileOpenEvent(str(dicom_file("MR_small.dcm"))))
    qtbot.waitUntil(lambda: window.review_panel.viewer.path == dicom_file("MR_small.dcm"))


def test_a_model_and_an_image_go_together(window: MainWindow, tmp_path: Path) -> None:
    model = tmp_path / "model.fpt"
    window.open_paths([dicom_file("MR_small.dcm"), model])
    assert window.review_panel.model == model
    assert window.review_panel.viewer.path == dicom_file("MR_small.dcm")


def test_several_images_are_a_data_set(window: MainWindow, qtbot: QtBot) -> None:
    window.open_paths([dicom_file("MR_small.dcm"), dicom_file("CT_small.dcm")])
    assert window.dataset_panel.isVisible()
    window.dataset_panel.close_readers()
