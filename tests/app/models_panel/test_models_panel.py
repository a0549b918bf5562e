from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QLabel
from pytestqt.qtbot import QtBot

from app.models_panel.models_panel import ModelsPanel
from tests.app.model_files import CARD
from tests.app.models_panel.conftest import WriteModel
from tests.app.samples import make_project


@pytest.fixture
def panel(qtbot: QtBot) -> Iterator[ModelsPanel]:
    panel = ModelsPanel()
    qtbot.addWidget(panel)
    panel.resize(1100, 640)
    panel.show()
    yield panel
    panel.close_readers()


def texts(panel: ModelsPanel) -> str:
    return "\n".join(label.text() for label in panel.files.card.findChildren(QLabel))


def test_an_empty_panel_invites(panel: ModelsPanel) -> None:
    assert "drop a model file" in texts(panel)
    assert panel.files.card.review.isHidden()


def test_a_model_file_shows_its_card_and_leads_to_review(
    qtbot: QtBot, panel: ModelsPanel, write_model: WriteModel
) -> None:
    path = write_model()
    panel.open_model(path)
    qtbot.waitUntil(lambda: panel.files.card.summary is not None)

    assert "Research use only" in texts(panel)
    with qtbot.waitSignal(panel.review_wanted) as wanted:
        qtbot.mouseClick(panel.files.card.review, Qt.MouseButton.LeftButton)
    assert wanted.args == [path]


def test_a_model_without_its_backbone_cannot_be_used_yet(
    qtbot: QtBot, panel: ModelsPanel, write_model: WriteModel
) -> None:
    missing = dataclasses.replace(CARD.backbone, name="vit_small_patch16_224.dino")
    panel.open_model(write_model(backbone=missing))
    qtbot.waitUntil(lambda: panel.files.card.summary is not None)

    assert not panel.files.card.review.isEnabled()
    assert "vit_small_patch16_224" in panel.files.card.review.toolTip()


def test_models_of_the_project_are_chosen_from_a_list(
    qtbot: QtBot, panel: ModelsPanel, write_model: WriteModel, tmp_path: Path
) -> None:
    project = make_project(tmp_path / "study")
    for name in ("one.fpt", "two.fpt"):
        run = project.add_run("fpt+", "vit_tiny", {})
        project.update_run(run, model_path=write_model(name))
        project.rename_run(run, name)
    panel.set_project(project)
    panel.open_model(write_model("three.fpt"))
    rows = range(panel.files.list.count())
    assert [panel.files.list.item(row).text() for row in rows] == [
        "two.fpt · FPT+",
        "one.fpt · FPT+",
        "three.fpt",
    ]

    panel.files.list.setFocus()
    panel.files.list.setCurrentRow(0)
    qtbot.keyClick(panel.files.list, Qt.Key.Key_Down)
    qtbot.waitUntil(
        lambda: (
            panel.files.card.summary is not None and panel.files.card.summary.path.name == "one.fpt"
        )
    )


def test_a_file_that_is_no_model_is_refused_in_words(
    qtbot: QtBot, panel: ModelsPanel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "broken.fpt"
    file.write_bytes(b"nothing")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_, **__: (str(file), ""))
    qtbot.mouseClick(panel.files.open, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(panel.message.isVisible)
    assert "broken.fpt is truncated or damaged" in panel.message.text


def test_a_newer_file_is_refused_by_its_version(
    qtbot: QtBot, panel: ModelsPanel, write_model: WriteModel
) -> None:
    panel.open_model(write_model(format_version=99, versions={"fpt-studio": "9.1.0"}))
    qtbot.waitUntil(panel.message.isVisible)
    assert "9.1.0" in panel.message.text
