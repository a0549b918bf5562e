"""The evidence lies on the pixels that it is of, however the image came and stands on screen.

An even picture with one bright patch goes through the real reading, cropping, resizing, backbone,
fusion and side network. The backbone knows no positions, so all tokens but the patch's are alike,
and the patch alone can be what the answer owes most to, whatever the weights are.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QWheelEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.review_panel.review_panel import ReviewPanel
from fpt_core.bundle import Bundle
from fpt_core.config import PixelRecipe, TrainingConfig, preset
from fpt_core.images.token_colours import AGAINST, FOR
from fpt_core.jobs.predict import answer
from fpt_core.jobs.run_result import backbone_card
from fpt_core.model_card import ModelCard
from fpt_core.models.backbone import FrozenBackbone
from fpt_core.models.fpt import FptModel
from fpt_core.predictor import Predictor
from tests.app.viewer.mouse import drag

Until = Callable[[Callable[[], bool]], None]
CELLS = 8
EVEN, BRIGHT, SHOWN_AS_BRIGHT = 90, 255, 220


@pytest.fixture(scope="module")
def make_predictor(make_vit: Callable[..., Any]) -> Callable[[PixelRecipe], Predictor]:
    vit = make_vit(img_size=8 * CELLS)
    vit.pos_embed.data.zero_()
    backbone = FrozenBackbone(vit, "tiny", 8 * CELLS)
    shape = {"image_size": 8 * CELLS, "side_image_size": 32, "token_ratio": 1.0}
    config = dataclasses.replace(preset("fpt+"), **shape)
    torch.manual_seed(0)
    model = FptModel.for_backbone(config, backbone, 2)
    # Fresh heads say next to nothing.
    torch.nn.init.normal_(model.fusion.out_proj.weight, std=0.3)
    torch.nn.init.normal_(model.side.head.weight)
    card = ModelCard(
        method="fpt+",
        class_names=("healthy", "ill"),
        backbone=backbone_card(backbone),
        recipe=PixelRecipe(),
        config=config,
        training=TrainingConfig(),
        split_fingerprint="",
    )
    weights = model.state_dict()
    return lambda recipe: Predictor(
        Bundle(dataclasses.replace(card, recipe=recipe), weights), backbone
    )


def picture(size: tuple[int, int], part: tuple[int, int, int, int], cell: tuple[int, int]) -> Any:
    """An even part of a black picture, bright in the middle of one of its 8 by 8 cells."""
    left, top, right, bottom = part
    width, height = (right - left) / CELLS, (bottom - top) / CELLS
    column, row = cell
    levels = np.zeros((size[1], size[0], 3), np.uint8)
    levels[top:bottom, left:right] = EVEN
    levels[
        round(top + (row + 0.15) * height) : round(top + (row + 0.85) * height),
        round(left + (column + 0.15) * width) : round(left + (column + 0.85) * width),
    ] = BRIGHT
    return Image.fromarray(levels)


def plain(path: Path) -> PixelRecipe:
    """Wider than high: the model sees it squeezed to a square."""
    picture((400, 240), (0, 0, 400, 240), (6, 1)).save(path)
    return PixelRecipe()


def cropped(path: Path) -> PixelRecipe:
    """The model sees what lies within the black border, which is not as wide on each side."""
    picture((420, 300), (130, 20, 330, 260), (1, 5)).save(path)
    return PixelRecipe(fundus_crop=True)


def turned_and_cropped(path: Path) -> PixelRecipe:
    """Stored lying on its side; EXIF says how it stands."""
    upright = picture((300, 420), (20, 90, 260, 290), (5, 2))
    exif = Image.Exif()
    exif[0x0112] = 6
    upright.transpose(Image.Transpose.ROTATE_90).save(path, exif=exif)
    return PixelRecipe(fundus_crop=True)


def levels_of(picture: QImage) -> NDArray[np.int16]:
    shown = picture.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(shown.constBits(), np.uint8).reshape(shown.height(), -1)
    return rows[:, : 3 * shown.width()].reshape(shown.height(), -1, 3).astype(np.int16)


def middle_and_size(mask: NDArray[np.bool_]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    rows, columns = np.nonzero(mask)
    assert rows.size, "it is on screen"
    ends = np.array([[columns.min(), rows.min()], [columns.max() + 1, rows.max() + 1]])
    return ends.mean(0), (ends[1] - ends[0]).astype(float)


def check_evidence_lies_on_the_patch(qtbot: QtBot, panel: ReviewPanel) -> None:
    """What is strongest with the heatmap lies where it is bright without."""
    strongest = levels_of(panel.view.grab().toImage())
    qtbot.keyClick(panel.view, Qt.Key.Key_H)
    bright = (levels_of(panel.view.grab().toImage()) >= SHOWN_AS_BRIGHT).all(2)
    qtbot.keyClick(panel.view, Qt.Key.Key_H)
    opaque = [(abs(strongest - np.array(colour)) <= 3).all(2) for colour in (FOR, AGAINST)]
    assert opaque[0].any() != opaque[1].any(), "one patch is the strongest"
    patch, patch_size = middle_and_size(bright)
    cell, cell_size = middle_and_size(opaque[0] | opaque[1])
    assert cell == pytest.approx(patch, abs=0.1 * cell_size.min())
    assert patch_size / cell_size == pytest.approx(0.7, abs=0.1)


def zoom_in(panel: ReviewPanel) -> None:
    viewport = panel.view.viewport()
    at = QPointF(viewport.rect().center())
    for _ in range(2):
        event = QWheelEvent(
            at,
            viewport.mapToGlobal(at),
            QPoint(),
            QPoint(0, 120),
            Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.ControlModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(viewport, event)


@pytest.mark.parametrize("make", [plain, cropped, turned_and_cropped], ids=lambda f: f.__name__)
def test_evidence_lies_on_the_patch_that_it_is_of(
    make: Callable[[Path], PixelRecipe],
    make_predictor: Callable[[PixelRecipe], Predictor],
    qtbot: QtBot,
    panel: ReviewPanel,
    until: Until,
    tmp_path: Path,
) -> None:
    path = tmp_path / "picture.png"
    predictor = make_predictor(make(path))
    panel.open_path(path)
    until(lambda: panel.viewer.frames > 0)
    panel.show_event(answer(predictor, path, explain=True))
    for _ in range(5):
        qtbot.keyClick(panel.view, Qt.Key.Key_BracketRight)
    check_evidence_lies_on_the_patch(qtbot, panel)

    zoom_in(panel)
    drag(panel.view, Qt.MouseButton.MiddleButton, QPoint(-25, 15))
    check_evidence_lies_on_the_patch(qtbot, panel)
    for key in (Qt.Key.Key_T, Qt.Key.Key_X, Qt.Key.Key_T, Qt.Key.Key_Y):
        qtbot.keyClick(panel.view, key)
        check_evidence_lies_on_the_patch(qtbot, panel)
    panel.resize(900, 560)
    check_evidence_lies_on_the_patch(qtbot, panel)
