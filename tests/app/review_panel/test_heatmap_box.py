"""Every layer of an answer can be chosen, and says what it is."""

from __future__ import annotations

import dataclasses

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from app.review_panel.heatmap_box import HeatmapBox
from fpt_core.events import HeadTokens, Predicted, TokenMap


def _map(*values: float) -> TokenMap:
    return TokenMap(1, len(values), values, (0, 0, 10, 10))


SELECTED, READ = _map(0.1, 0.9), _map(0.02, 0.05)
EVIDENCE = (_map(0.3, -0.2), _map(-0.3, 0.2))


def _answer(*probabilities: float) -> Predicted:
    return Predicted("a.png", ("healthy", "ill"), probabilities, SELECTED, 0.1, READ, EVIDENCE)


@pytest.fixture
def box(qtbot: QtBot) -> HeatmapBox:
    box = HeatmapBox()
    qtbot.addWidget(box)
    box.show()
    return box


@pytest.fixture
def shown(box: HeatmapBox) -> list[TokenMap | None]:
    maps: list[TokenMap | None] = []
    box.layer_changed.connect(maps.append)
    return maps


def test_evidence_for_the_answer_comes_first(box: HeatmapBox, shown: list[TokenMap | None]) -> None:
    box.show_answer(_answer(0.3, 0.7))
    names = [box.layers.itemText(index) for index in range(box.layers.count())]
    assert names == ["Evidence: ill", "Read", "Selected", "Evidence: healthy"]
    assert shown[-1] == EVIDENCE[1]
    assert "score of ill" in box.text.text()
    assert box.legend.accessibleName() == "Colour scale from -0.3 to +0.3"


def test_the_kind_that_was_chosen_stays_for_the_next_image(
    box: HeatmapBox, shown: list[TokenMap | None], qtbot: QtBot
) -> None:
    box.show_answer(_answer(0.3, 0.7))
    box.layers.setFocus()
    qtbot.keyClick(box.layers, Qt.Key.Key_Down)
    assert shown[-1] == READ
    assert "attention" in box.text.text()
    box.show_answer(_answer(0.8, 0.2))
    assert (shown[-1], box.layers.currentText()) == (READ, "Read")


def test_a_model_that_tells_only_what_was_selected_offers_no_choice(
    box: HeatmapBox, shown: list[TokenMap | None]
) -> None:
    box.show_answer(Predicted("a.png", ("healthy", "ill"), (0.3, 0.7), SELECTED, 0.1))
    assert shown[-1] == SELECTED
    assert not box.layers.isVisible()
    assert "handed each patch" in box.text.text()


def test_nothing_is_shown_of_a_method_without_tokens(
    box: HeatmapBox, shown: list[TokenMap | None]
) -> None:
    box.show_answer(_answer(0.3, 0.7))
    box.show_answer(Predicted("a.png", ("healthy", "ill"), (0.3, 0.7), None, 0.1))
    assert shown[-1] is None
    assert not box.isVisible()


HEADS = HeadTokens((7, 8), 2, (0, 1, 0, -1, 1, 0, 1, 0), (0.75, 0.25, 0.5, 0.5, 1, 0, 1, 0))
"""Two blocks of two heads, each of which kept two of the three tokens: two patches and one more."""


def test_what_was_kept_and_read_is_chosen_by_block_and_head(
    box: HeatmapBox, shown: list[TokenMap | None], qtbot: QtBot
) -> None:
    answer = dataclasses.replace(_answer(0.3, 0.7), heads=HEADS)
    box.show_answer(answer)
    assert not box.heads.isVisible(), "evidence is of all heads together"
    box.layers.setCurrentText("Selected")
    assert shown[-1] == _map(1.0, 0.75)
    qtbot.keyClick(box.heads.blocks, Qt.Key.Key_Down)
    assert shown[-1] == _map(1.0, 0.5)
    assert "over all heads of block 7:" in box.text.text()
    qtbot.keyClick(box.heads.heads, Qt.Key.Key_End)
    assert shown[-1] == _map(1.0, 0.0)
    assert "over head 2 of block 7:" in box.text.text()
    box.layers.setCurrentText("Read")
    assert shown[-1] == _map(0.5, 0.0)
    box.show_answer(dataclasses.replace(answer, probabilities=(0.6, 0.4)))
    assert shown[-1] == _map(0.5, 0.0), "the choice stays for the next image"
    qtbot.keyClick(box.heads.blocks, Qt.Key.Key_Home)
    assert "over head 2 of all tapped blocks:" in box.text.text()
    assert shown[-1] == _map(0.25, 0.5)


def test_an_answer_without_its_heads_offers_to_ask_for_them(box: HeatmapBox, qtbot: QtBot) -> None:
    box.show_answer(_answer(0.3, 0.7))
    box.layers.setCurrentText("Selected")
    button = box.findChild(QPushButton, "heatmapByHead")
    with qtbot.waitSignal(box.heads_wanted):
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def test_readers_of_the_recommended_method_are_named_with_their_shares(box: HeatmapBox) -> None:
    of = (("side networks", 0.5), ("mean tokens", 0.3), ("class tokens", 0.2))
    box.show_answer(dataclasses.replace(_answer(0.3, 0.7), evidence_of=of))
    assert "50% by side networks" in box.text.text()
    assert "30% by mean tokens, where each patch's part is exact" in box.text.text()
    assert "to first order" in box.text.text()
