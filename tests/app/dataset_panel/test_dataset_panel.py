from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from app.dataset_panel.dataset_panel import DatasetPanel
from fpt_core.dataset.project import Project
from fpt_core.events import Failed, Finished, Progress, Stopped, Warned
from tests.app.samples import make_project


@pytest.fixture
def panel(qtbot: QtBot) -> Iterator[DatasetPanel]:
    panel = DatasetPanel()
    qtbot.addWidget(panel)
    panel.resize(1000, 600)
    panel.show()
    yield panel
    panel.close_readers()


@pytest.fixture
def project(qtbot: QtBot, panel: DatasetPanel, tmp_path: Path) -> Project:
    """Six images, on screen."""
    project = make_project(tmp_path)
    with qtbot.waitSignal(panel.read):
        panel.set_project(project)
    return project


def click(qtbot: QtBot, panel: QWidget, name: str) -> None:
    button = panel.findChild(QPushButton, name)
    assert button is not None
    assert button.isVisible()
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def test_without_images_it_invites_to_drop_some(panel: DatasetPanel) -> None:
    panel.set_project(None)

    zone = panel.findChild(QWidget, "datasetDropZone")
    assert zone is not None
    assert zone.isVisible()


def test_the_invitation_is_readable_in_full(panel: DatasetPanel) -> None:
    zone = panel.findChild(QWidget, "datasetDropZone")
    assert zone is not None
    for label in zone.findChildren(QLabel):
        needed = label.heightForWidth(label.width()) if label.wordWrap() else 0
        assert label.height() >= needed, label.text()


def test_a_project_is_summed_up(panel: DatasetPanel, project: Project) -> None:
    title = panel.findChild(QLabel, "datasetTitle")
    assert title is not None
    assert title.accessibleName() == "6 images · 2 classes · patients unknown"
    tabs = [panel.page.tabs.tabText(place) for place in range(panel.page.tabs.count())]
    assert "Left out (1)" in tabs
    assert panel.page.gallery.images.rowCount() == 6


def test_labels_are_changed_and_the_change_is_taken_back(
    qtbot: QtBot, panel: DatasetPanel, project: Project
) -> None:
    gallery = panel.page.gallery
    gallery.grid.setFocus()
    gallery.grid.select_rows([0], 0)
    with qtbot.waitSignal(panel.changed):
        qtbot.keyClick(gallery.grid, Qt.Key.Key_Delete)
    assert gallery.images.rowCount() == 5
    assert panel.page.history.list.item(0).text().startswith("1 image excluded")

    panel.page.tabs.setCurrentWidget(panel.page.history)
    with qtbot.waitSignal(panel.changed):
        click(qtbot, panel, "undoEdit")

    assert gallery.images.rowCount() == 6
    assert project.edits() == []
    assert panel.message.text == "Undone: 1 image excluded."


def test_a_class_is_renamed(qtbot: QtBot, panel: DatasetPanel, project: Project) -> None:
    with qtbot.waitSignal(panel.changed):
        panel.page.classes.rename_wanted.emit("ill", "pneumonia")

    assert project.class_names == ("healthy", "pneumonia")
    box = panel.page.gallery.filter_bar.classes
    assert box.itemText(2) == "pneumonia"


def test_a_folder_that_moved_is_found_again(
    qtbot: QtBot, panel: DatasetPanel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = make_project(tmp_path)
    there = (tmp_path / "six").rename(tmp_path / "moved")
    with qtbot.waitSignal(panel.read):
        panel.set_project(project)
    assert panel.moved.isVisible()
    assert "6 images" in panel.moved.text
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(there))

    with qtbot.waitSignal(panel.read):
        click(qtbot, panel, "movedMessageButton")

    assert not panel.moved.isVisible()
    assert f"6 files of six found in {there}." in panel.message.text
    assert project.missing_roots() == []


def test_progress_can_be_cancelled(qtbot: QtBot, panel: DatasetPanel) -> None:
    panel.show_event(Progress("Reading images", 3, 10))
    bar = panel.job_bar.bar
    assert bar.isVisible()
    assert panel.job_bar.text == "Reading images: 3 of 10"
    assert bar.value() / bar.maximum() == 0.3

    with qtbot.waitSignal(panel.stop_wanted):
        click(qtbot, panel, "cancelImport")

    panel.show_event(Stopped())
    assert not bar.isVisible()
    assert "as it was" in panel.message.text


def test_unknown_patients_are_warned_of(panel: DatasetPanel) -> None:
    panel.show_event(Warned("The patients are not known.", "Import with a table."))
    panel.show_event(Finished({"images": 5, "skipped": []}))

    assert panel.message.text == "5 new images. The patients are not known. Import with a table."


def test_left_out_files_are_told_and_one_click_away(
    qtbot: QtBot, panel: DatasetPanel, project: Project
) -> None:
    panel.show_event(Finished({"images": 6, "skipped": [{}, {}]}))
    assert "2 files left out" in panel.message.text

    click(qtbot, panel, "datasetMessageButton")

    assert panel.page.left_out.table.isVisible()


def test_a_failure_says_what_and_what_to_do(panel: DatasetPanel) -> None:
    panel.show_event(Failed("disk", "The disk is full.", "Free some space."))

    assert panel.message.text == "The disk is full. Free some space."
