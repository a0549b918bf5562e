from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, Qt
from pytestqt.qtbot import QtBot

from app.dataset_panel.import_flow import ImportFlow
from fpt_core.jobs.requests import ImportRequest
from tests.pictures import write_image, write_labelled_folders

LOOK_TIMEOUT_MS = 20_000


@pytest.fixture
def flow(qtbot: QtBot) -> Iterator[ImportFlow]:
    owner = QObject()
    flow = ImportFlow(owner)
    qtbot.addWidget(flow.page)
    flow.page.resize(1100, 600)
    flow.page.show()
    yield flow
    flow.close()


def look(qtbot: QtBot, flow: ImportFlow, *sources: Path, project: Path | None = None) -> None:
    with qtbot.waitSignal(flow.looked, timeout=LOOK_TIMEOUT_MS):
        flow.begin([(source, None) for source in sources], project)


def test_class_folders_are_imported_with_one_click(
    qtbot: QtBot, flow: ImportFlow, tmp_path: Path
) -> None:
    source = write_labelled_folders(tmp_path / "chest")
    (source / "labels.csv").unlink()
    look(qtbot, flow, source)

    with qtbot.waitSignal(flow.confirmed) as confirmed:
        qtbot.mouseClick(flow.page.start, Qt.MouseButton.LeftButton)

    assert confirmed.args == [(ImportRequest(tmp_path / "chest.fptproject", source),)]


def test_several_sources_go_into_one_project(
    qtbot: QtBot, flow: ImportFlow, tmp_path: Path
) -> None:
    first = write_labelled_folders(tmp_path / "first")
    second = write_labelled_folders(tmp_path / "second")
    look(qtbot, flow, first, second, project=tmp_path / "study.fptproject")
    assert flow.page.sources.isVisible()
    assert flow.page.start.text() == "Import all 2"

    with qtbot.waitSignal(flow.confirmed) as confirmed:
        qtbot.mouseClick(flow.page.start, Qt.MouseButton.LeftButton)

    (requests,) = confirmed.args
    assert [request.source for request in requests] == [first, second]
    assert {request.project for request in requests} == {tmp_path / "study.fptproject"}


def test_what_cannot_be_imported_is_said(qtbot: QtBot, flow: ImportFlow, tmp_path: Path) -> None:
    with qtbot.waitSignal(flow.failed, timeout=LOOK_TIMEOUT_MS) as failed:
        flow.begin([(tmp_path, None)], None)

    assert "no images" in str(failed.args[0])
    assert not flow.is_looking


def test_what_was_left_is_not_shown(qtbot: QtBot, flow: ImportFlow, tmp_path: Path) -> None:
    write_image(tmp_path / "a" / "1.png", 1)
    flow.begin([(tmp_path, None)], None)

    with qtbot.waitSignal(flow.left):
        flow.cancel()
    flow.close()
    qtbot.wait(20)

    assert flow.page.forms == []


def test_other_labels_are_looked_at_again(qtbot: QtBot, flow: ImportFlow, tmp_path: Path) -> None:
    source = write_labelled_folders(tmp_path / "chest")
    other = tmp_path / "other.csv"
    rows = [f"{path.relative_to(source)},{path.parent.name}" for path in source.rglob("*.png")]
    other.write_text("\n".join(["image,diagnosis", *rows]), encoding="utf-8")
    look(qtbot, flow, source)

    flow.page.forms[0].labels_wanted.emit(other)
    qtbot.waitUntil(
        lambda: flow.page.requests(Path("p"))[0].columns.label == "diagnosis",
        timeout=LOOK_TIMEOUT_MS,
    )

    assert flow.page.requests(Path("p"))[0].labels == other


def test_an_import_waits_for_the_job_in_progress(
    qtbot: QtBot, flow: ImportFlow, tmp_path: Path
) -> None:
    look(qtbot, flow, write_labelled_folders(tmp_path / "chest"))
    assert flow.page.start.isEnabled()

    flow.page.set_busy(True)
    assert not flow.page.start.isEnabled()

    flow.page.set_busy(False)
    assert flow.page.start.isEnabled()
