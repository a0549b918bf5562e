"""The panel that tests of Review share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from app.review_panel.review_panel import ReviewPanel


@pytest.fixture
def panel(qtbot: QtBot) -> Iterator[ReviewPanel]:
    """On screen, in front, with nothing in it."""
    panel = ReviewPanel()
    qtbot.addWidget(panel)
    panel.resize(1100, 640)
    panel.show()
    panel.activateWindow()
    yield panel
    panel.close_readers()
