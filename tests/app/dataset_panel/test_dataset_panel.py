from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QListWidget, QProgressBar, QPushButton, QTabWidget, QWidget
from pytestqt.qtbot import QtBot

from app.dataset_panel.dataset_panel import DatasetPanel
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


def test_the_invitation_is_readable_in_full(qtbot: QtBot, panel: DatasetPanel) -> None:
    zone = panel.findChild(QWidget, "datasetDropZone")
    assert zone is not None
    for label in zone.findChildren(QLabel):
        needed = label.heightForWidth(label.width()) if label.wordWrap() else 0
        assert label.height() >= needed, label.text()


def test_counts_by_class_and_split_and_what_was_left_out(
    panel: DatasetPanel, tmp_path: Path
) -> None:
    panel.set_project(make_project(tmp_path))

    rows = [
        [panel.counts.item(row, column).text() for column in range(panel.counts.columnCount())]
        for row in range(panel.counts.rowCount())
    ]
    assert rows == [["healthy", "1", "1", "1", "3"], ["ill", "1", "1", "1", "3"]]
    left_out = panel.findChild(QListWidget, "skippedList")
    assert left_out is not None
    assert [left_out.item(row).text() for row in range(left_out.count())] == [
        "broken.png: It is truncated."
    ]
    tabs = panel.findChild(QTabWidget, "datasetTabs")
    assert tabs is not None
    assert tabs.tabText(1) == "Left out (1)"
    assert "6 images · 2 classes · patients unknown" in [
        label.text() for label in panel.findChildren(QLabel)
    ]


def test_progress_can_be_cancelled(qtbot: QtBot, panel: DatasetPanel) -> None:
    panel.show_event(Progress("Reading images", 3, 10))
    bar = panel.findChild(QProgressBar, "importProgress")
    assert bar is not None
    assert bar.isVisible()
    assert bar.text() == "Reading images: 3 of 10"

    with qtbot.waitSignal(panel.stop_wanted):
        click(qtbot, panel, "cancelImport")

    panel.show_event(Stopped())
    assert not bar.isVisible()
    assert "nothing was changed" in panel.message.text


def test_unknown_patients_are_warned_of(panel: DatasetPanel) -> None:
    panel.show_event(Warned("The patients are not known.", "Import with a table."))
    panel.show_event(Finished({"skipped": []}))

    assert panel.message.text == "The patients are not known. Import with a table."


def test_left_out_files_are_told_and_one_click_away(
    qtbot: QtBot, panel: DatasetPanel, tmp_path: Path
) -> None:
    panel.set_project(make_project(tmp_path))
    panel.show_event(Finished({"skipped": [{}, {}]}))
    assert "2 files" in panel.message.text

    click(qtbot, panel, "datasetMessageButton")

    left_out = panel.findChild(QListWidget, "skippedList")
    assert left_out is not None
    assert left_out.isVisible()


def test_a_failure_says_what_and_what_to_do(panel: DatasetPanel) -> None:
    panel.show_event(Failed("disk", "The disk is full.", "Free some space."))

    assert panel.message.text == "The disk is full. Free some space."


def test_the_one_table_in_a_folder_is_used_and_said(
    qtbot: QtBot, panel: DatasetPanel, tmp_path: Path
) -> None:
    table = tmp_path / "labels.CSV"
    table.write_text("file,label\n")

    with qtbot.waitSignal(panel.import_wanted) as wanted:
        panel.choose_source(tmp_path)

    assert wanted.args == [tmp_path, table]
    assert "labels.CSV" in panel.message.text


def test_where_that_table_is_none_of_labels_the_folders_can_be_used_alone(
    qtbot: QtBot, panel: DatasetPanel, tmp_path: Path
) -> None:
    (tmp_path / "notes.csv").write_text("day,note\n")
    panel.choose_source(tmp_path)
    panel.show_event(Failed("dataset", "notes.csv has no column of labels.", "Add one."))

    with qtbot.waitSignal(panel.import_wanted) as wanted:
        click(qtbot, panel, "datasetMessageButton")

    assert wanted.args == [tmp_path, None]


def test_among_several_tables_none_is_guessed(
    qtbot: QtBot, panel: DatasetPanel, tmp_path: Path
) -> None:
    (tmp_path / "a.csv").write_text("file,label\n")
    (tmp_path / "b.tsv").write_text("file\tlabel\n")

    with qtbot.waitSignal(panel.import_wanted) as wanted:
        panel.choose_source(tmp_path)

    assert wanted.args == [tmp_path, None]
    assert "a.csv, b.tsv" in panel.message.text
