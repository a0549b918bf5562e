from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from app.dataset_panel.snapshot import Snapshot
from app.project_desk import ProjectDesk
from fpt_core.dataset.project import Project
from fpt_core.errors import DatasetError
from tests.app.samples import make_project


@pytest.fixture
def desk(qtbot: QtBot) -> Iterator[ProjectDesk]:
    owner = QObject()
    desk = ProjectDesk(Snapshot.read, owner)
    yield desk
    desk.close()


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return make_project(tmp_path)


def test_a_project_is_read(qtbot: QtBot, desk: ProjectDesk, project: Project) -> None:
    with qtbot.waitSignal(desk.read) as read:
        desk.open(project)

    (snapshot,) = read.args
    assert isinstance(snapshot, Snapshot)
    assert len(snapshot.catalogue) == 6
    assert [file.reason for file in snapshot.left_out] == ["It is truncated."]


def test_changes_are_made_elsewhere_and_in_order(
    qtbot: QtBot, desk: ProjectDesk, project: Project
) -> None:
    threads: set[int] = set()
    number = project.images()[0].id
    desk.open(project)

    def label(name: str) -> None:
        desk.change(lambda project: threads.add(threading.get_ident()))
        desk.change(lambda project: project.relabel([number], name))

    label("first")
    with qtbot.waitSignal(desk.read, check_params_cb=lambda shot: len(shot.edits) == 2):
        label("second")

    assert [edit.what for edit in project.edits()] == [
        "1 image labelled “second”",
        "1 image labelled “first”",
    ]
    assert threading.get_ident() not in threads


def test_a_change_says_what_it_did(qtbot: QtBot, desk: ProjectDesk, project: Project) -> None:
    desk.open(project)

    with qtbot.waitSignal(desk.changed), qtbot.waitSignal(desk.said) as said:
        desk.change(lambda project: "Two were moved.")

    assert said.args == ["Two were moved."]


def test_a_failure_is_told(qtbot: QtBot, desk: ProjectDesk, project: Project) -> None:
    def fail(project: Project) -> None:
        raise DatasetError("There is no such class.", "Choose another.")

    desk.open(project)
    with qtbot.waitSignal(desk.failed) as failed:
        desk.change(fail)

    assert str(failed.args[0]) == "There is no such class. Choose another."


def test_of_a_project_that_was_left_nothing_is_told(
    qtbot: QtBot, desk: ProjectDesk, project: Project
) -> None:
    read: list[object] = []
    desk.read.connect(read.append)
    desk.open(project)
    desk.open(None)
    desk.close()
    qtbot.wait(20)

    assert read == []


def test_closing_waits_for_the_changes(desk: ProjectDesk, project: Project) -> None:
    desk.open(project)
    desk.change(lambda project: project.exclude([project.images()[0].id]))

    desk.close()

    assert len(project.images()) == 5
