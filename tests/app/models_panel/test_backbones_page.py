"""Backbones listed, added from a file and fetched from a server on this machine."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QMessageBox, QTreeWidgetItem
from pytestqt.qtbot import QtBot
from safetensors.numpy import save_file

from app.models_panel.backbones_page import BackbonesPage
from app.models_panel.models_panel import ModelsPanel
from fpt_core.backbone_catalogue import BUILT_IN_BACKBONE, built_in_path
from fpt_core.backbone_offers import OFFERS
from fpt_core.events import Progress
from fpt_core.jobs.requests import DownloadBackboneRequest
from tests.app.samples import press, when_asked
from tests.hub import Hub, serving

Until = Callable[[Callable[[], bool]], None]


@pytest.fixture
def panel(qtbot: QtBot) -> Iterator[ModelsPanel]:
    panel = ModelsPanel()
    qtbot.addWidget(panel)
    panel.resize(1100, 640)
    panel.show()
    panel.show_backbones()
    yield panel
    panel.close_readers()


def rows(page: BackbonesPage, group: int) -> list[QTreeWidgetItem]:
    parent = page.tree.topLevelItem(group)
    assert parent is not None
    return [parent.child(row) for row in range(parent.childCount())]


def test_what_is_here_and_what_can_be_fetched_is_listed(panel: ModelsPanel) -> None:
    (built_in,) = rows(panel.backbones, 0)
    assert "small, for getting started" in built_in.text(3)
    offered = rows(panel.backbones, 1)
    assert [row.text(0) for row in offered] == [offer.name for offer in OFFERS]
    assert offered[0].text(1) == f"{OFFERS[0].megabytes} MB"
    assert offered[0].text(2) == OFFERS[0].licence
    assert offered[0].text(3) == OFFERS[0].good_for


def test_a_damaged_box_is_told_in_its_place(qtbot: QtBot, no_box: Path) -> None:
    no_box.write_bytes(b"another file")
    page = BackbonesPage()
    qtbot.addWidget(page)

    (refused,) = rows(page, 0)

    assert refused.text(0) == BUILT_IN_BACKBONE
    assert refused.text(3).startswith("▲ The built-in backbone missing.safetensors is damaged")
    assert "Install the program again" in refused.toolTip(3)


@pytest.mark.parametrize("answer", ["Download", "Cancel"])
def test_nothing_is_fetched_unasked(qtbot: QtBot, qapp: object, answer: str) -> None:
    page = BackbonesPage()
    qtbot.addWidget(page)
    page.show()
    wanted: list[object] = []
    page.job_wanted.connect(wanted.append)
    assert not page.download.isEnabled()
    page.tree.setCurrentItem(rows(page, 1)[1])

    when_asked(QMessageBox, press(answer))
    qtbot.mouseClick(page.download, Qt.MouseButton.LeftButton)

    expected = [DownloadBackboneRequest(OFFERS[1].name)] if answer == "Download" else []
    assert wanted == expected
    assert page.cancel.isVisible() == bool(expected)


def test_a_download_says_how_far_it_is(qtbot: QtBot, panel: ModelsPanel) -> None:
    page = panel.backbones
    page.set_busy(True)
    page.show_event(Progress("Downloading", 86_000_000, 344_000_000))
    assert page._doing.text() == "Downloading: 86 MB of 344 MB"
    assert page._bar.value() == 250


def test_a_file_from_elsewhere_that_does_not_fit_is_told_tensor_by_tensor(
    qtbot: QtBot,
    panel: ModelsPanel,
    until: Until,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    file = tmp_path / "vit_tiny_patch16_224.safetensors"
    save_file({"cls_token": np.zeros((1, 1, 5), np.float32)}, file)
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_, **__: (str(file), ""))
    qtbot.mouseClick(panel.backbones.add, Qt.MouseButton.LeftButton)
    until(panel.message.isVisible)

    assert panel.message.kind == "Not added"
    assert "do not fit vit_tiny_patch16_224" in panel.message.text
    assert "cls_token" in panel.backbones.misfit.toPlainText()
    assert panel.backbones.misfit.isVisible()
    assert panel.backbones.add.isEnabled()


@pytest.mark.skipif(os.name == "nt", reason="the models folder is moved by a variable of Linux")
def test_a_download_that_was_cut_goes_on_and_what_arrives_is_verified(
    qtbot: QtBot,
    panel: ModelsPanel,
    until: Until,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    content = built_in_path().read_bytes()  # of another architecture, as the last check finds
    with serving(Hub(content, cuts=[1000])) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        panel.backbones.tree.setCurrentItem(rows(panel.backbones, 1)[2])
        when_asked(QMessageBox, press("Download"))
        qtbot.mouseClick(panel.backbones.download, Qt.MouseButton.LeftButton)
        until(panel.message.isVisible)

    assert ("/cdn/file", "bytes=1000-") in hub.asked
    assert "do not fit" in panel.message.text
    assert len(rows(panel.backbones, 1)) == len(OFFERS)
