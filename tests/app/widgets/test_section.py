from __future__ import annotations

from PySide6.QtWidgets import QFormLayout, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from app.widgets.section import make_sentence

LONG = "Many words that need several lines where there is little room beside them. " * 3


def test_a_sentence_of_a_form_is_never_cut(qtbot: QtBot) -> None:
    form = QWidget()
    layout = QFormLayout(form)
    sentences = [make_sentence(f"sentence{number}", "Short.") for number in range(6)]
    for sentence in sentences:
        layout.addRow("Setting", QLineEdit())
        layout.addRow(sentence)
    qtbot.addWidget(form)
    form.resize(240, 200)
    form.show()
    qtbot.waitExposed(form)

    for sentence in sentences:
        sentence.setText(LONG)
    qtbot.waitUntil(lambda: all(s.height() >= s.heightForWidth(s.width()) for s in sentences))
    form.resize(180, 200)
    qtbot.waitUntil(lambda: all(s.height() >= s.heightForWidth(s.width()) for s in sentences))
