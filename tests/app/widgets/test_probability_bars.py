from __future__ import annotations

from PySide6.QtWidgets import QLabel, QProgressBar
from pytestqt.qtbot import QtBot

from app.widgets.probability_bars import ProbabilityBars


def test_classes_are_said_in_words_and_percent_most_probable_first(qtbot: QtBot) -> None:
    bars = ProbabilityBars()
    qtbot.addWidget(bars)

    bars.show_probabilities(("healthy", "ill", "unsure"), (0.25, 0.6, 0.15))

    said = [bar.accessibleName() for bar in bars.findChildren(QProgressBar)]
    assert said == ["ill: 60.0%", "healthy: 25.0%", "unsure: 15.0%"]


def test_a_new_answer_replaces_the_old_one(qtbot: QtBot) -> None:
    bars = ProbabilityBars()
    qtbot.addWidget(bars)
    bars.show()
    bars.show_probabilities(("a", "b", "c"), (0.5, 0.3, 0.2))

    bars.show_probabilities(("x", "y"), (0.9, 0.1))
    qtbot.wait(1)

    texts = [label.text() for label in bars.findChildren(QLabel)]
    assert sorted(texts) == ["10.0%", "90.0%", "x", "y"]
