"""Views taken away as pictures and tables."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest
from PIL import Image
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QFileDialog
from pytestqt.qtbot import QtBot

from app.evaluate_panel.confusion_view import ConfusionView
from app.evaluate_panel.curve_plot import CurvePlot
from app.evaluate_panel.tile import Tile
from app.theme import DARK, LIGHT
from fpt_core.errors import FptError


@pytest.fixture
def tile(qtbot: QtBot) -> Tile:
    plot = CurvePlot("rocPlot", "ROC curve", "1 - specificity", "sensitivity")
    plot.set_colours(DARK)
    plot.show_curve([0, 0.5, 1], [0, 0.75, 1], [1, 0.4, 0.1])
    plot.set_mark(0.5, 0.75)
    return _shown(qtbot, Tile("ROC", plot, _unexpected))


def _shown(qtbot: QtBot, tile: Tile) -> Tile:
    qtbot.addWidget(tile)
    tile.resize(300, 240)
    tile.show()
    return tile


def _unexpected(error: FptError) -> None:
    pytest.fail(str(error))


def _choose(tile: Tile, name: str) -> None:
    action = tile.findChild(QAction, name)
    assert action is not None
    action.trigger()


def test_a_table_is_what_spreadsheets_paste(tile: Tile) -> None:
    _choose(tile, "rocPlotCopyTable")
    rows = [line.split("\t") for line in QApplication.clipboard().text().split("\n")]
    assert rows == [
        ["threshold", "1 - specificity", "sensitivity"],
        ["1", "0", "0"],
        ["0.4", "0.5", "0.75"],
        ["0.1", "1", "1"],
    ]


def test_a_copied_picture_is_pixels_and_vectors(tile: Tile) -> None:
    _choose(tile, "rocPlotCopyPicture")
    data = QApplication.clipboard().mimeData()
    assert data.hasImage()
    assert b"<svg" in data.data("image/svg+xml").data()


def test_pictures_are_dark_on_light_whatever_the_theme(
    tile: Tile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plot = tile.findChild(CurvePlot)
    assert plot is not None
    for suffix in ("Png", "Svg"):
        # A name without its suffix gets it.
        monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "roc"), ""))
        _choose(tile, f"rocPlotSave{suffix}")
    with Image.open(tmp_path / "roc.png") as picture:
        assert picture.size == (3 * plot.width(), 3 * plot.height())
        corner = picture.convert("RGB").getpixel((2, 2))
    assert "#{:02x}{:02x}{:02x}".format(*corner) == LIGHT.background
    svg = ElementTree.parse(tmp_path / "roc.svg").getroot()
    texts = {"".join(node.itertext()).strip() for node in svg.iter() if node.tag.endswith("text")}
    assert {"sensitivity", "1 - specificity", "0.5"} <= texts
    assert plot.colours is DARK


def test_a_matrix_is_a_picture_too(qtbot: QtBot, tmp_path: Path) -> None:
    view = ConfusionView("confusionView")
    view.show_matrix(("healthy", "sick"), ((20, 1), (13, 8)))
    tile = _shown(qtbot, Tile("Confusion matrix", view, _unexpected))
    _choose(tile, "confusionViewCopyPicture")
    assert b"healthy" in QApplication.clipboard().mimeData().data("image/svg+xml").data()


def test_a_picture_that_cannot_be_written_is_told(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    view = ConfusionView("confusionView")
    tile = _shown(qtbot, Tile("Matrix", view, lambda error: told.append(str(error))))
    (tmp_path / "file").write_text("no folder")
    target = tmp_path / "file" / "m.png"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(target), ""))
    _choose(tile, "confusionViewSavePng")
    assert len(told) == 1


def test_who_changes_his_mind_writes_nothing(
    tile: Tile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: ("", ""))
    _choose(tile, "rocPlotSaveSvg")
    assert list(tmp_path.glob("*.svg")) == []
