"""Every layer of an answer can be chosen, and says what it is."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from app.review_panel.heatmap_box import HeatmapBox
from fpt_core.events import Predicted, TokenMap


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
