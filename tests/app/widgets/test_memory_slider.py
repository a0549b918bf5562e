from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from app.widgets.memory_slider import MemorySlider


@pytest.fixture
def memory(qtbot: QtBot) -> MemorySlider:
    memory = MemorySlider()
    qtbot.addWidget(memory)
    memory.show()
    return memory


def test_there_is_no_limit_unless_one_is_set(qtbot: QtBot, memory: MemorySlider) -> None:
    assert memory.limit_mb is None
    assert memory.slider.toolTip() == "Memory limit: no limit"

    with qtbot.waitSignal(memory.changed):
        qtbot.keyClick(memory.slider, Qt.Key.Key_Home)
    assert memory.limit_mb == 500
    assert memory.slider.toolTip() == "Memory limit: 0.5 GB"

    qtbot.keyClick(memory.slider, Qt.Key.Key_End)
    assert memory.limit_mb is None


@pytest.mark.parametrize("limit", [None, 500, 1250])
def test_a_limit_can_be_shown(memory: MemorySlider, limit: int | None) -> None:
    memory.set_limit_mb(limit)
    assert memory.limit_mb == limit
