from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from app.training_panel.queue_box import QueueBox, describe
from fpt_core.dataset.project import Project
from fpt_core.jobs.estimates import Outlook
from fpt_core.jobs.requests import PrepareRequest, TrainRequest
from fpt_core.jobs.run_log import to_settings
from tests.app.training_panel.estimates import cost


@pytest.fixture
def box(qtbot: QtBot, project: Project) -> QueueBox:
    for method in ("fpt+", "fpt"):
        request = TrainRequest(PrepareRequest(project.path, method, image_size=384))
        project.enqueue(to_settings(request, project.recipe()))
    box = QueueBox()
    qtbot.addWidget(box)
    box.show_queue(project.queue(), {}, idle=True)
    box.show()
    return box


def test_what_waits_is_told_in_short(box: QueueBox, project: Project) -> None:
    assert describe(project.queue()[0]) == (
        "FPT+ · best backbone here\n384 px, batch 16, 20 epochs"
    )
    project.enqueue({}, resume="r1")
    assert describe(project.queue()[2]) == "Go on with r1"


def test_what_each_and_all_of_them_will_take_is_told(box: QueueBox, project: Project) -> None:
    first, second = (entry.id for entry in project.queue())
    large = Outlook(cost("fpt", 9_000, fits=False))

    box.show_queue(project.queue(), {first: Outlook(cost("fpt+", 200)), second: large}, idle=True)
    texts = [box.entries.list.item(row).text().splitlines()[-1] for row in range(2)]
    assert texts == [
        "about 11 min, 200 MB of memory",
        "▲ Does not fit: about 11 min, 9.0 GB of memory",
    ]
    assert total(box) == "About 22 min in all"

    unknown = Outlook(None, "These settings were not measured.")
    box.show_queue(project.queue(), {first: unknown, second: large}, idle=True)
    assert box.entries.list.item(0).text().endswith("\nThese settings were not measured.")
    assert total(box) == "About 11 min, and 1 run of unknown length"

    box.show_queue(project.queue(), {}, idle=True)
    assert box.findChild(QLabel, "queueTotal").isHidden()


def total(box: QueueBox) -> str:
    return box.findChild(QLabel, "queueTotal").text()


def test_entries_are_moved_removed_and_started(
    qtbot: QtBot, box: QueueBox, project: Project
) -> None:
    first, second = (entry.id for entry in project.queue())
    box.entries.list.setCurrentRow(1)

    with qtbot.waitSignal(box.moved) as moved:
        qtbot.mouseClick(box.entries.up, Qt.MouseButton.LeftButton)
    assert moved.args == [second, 0]
    with qtbot.waitSignal(box.remove_wanted) as removed:
        qtbot.mouseClick(box.remove, Qt.MouseButton.LeftButton)
    assert removed.args == [second]
    with qtbot.waitSignal(box.start_wanted):
        qtbot.mouseClick(box.start, Qt.MouseButton.LeftButton)
    assert first in box.entries.numbers


def test_while_a_run_trains_it_cannot_be_started(box: QueueBox, project: Project) -> None:
    box.show_queue(project.queue(), {}, idle=False)
    assert box.start.isHidden()

    box.show_queue((), {}, idle=True)
    assert box.isHidden()
