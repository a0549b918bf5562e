from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton, QToolButton
from pytestqt.qtbot import QtBot

from app.widgets.message_bar import MessageBar


def make(qtbot: QtBot) -> tuple[MessageBar, QPushButton]:
    bar = MessageBar("note")
    qtbot.addWidget(bar)
    button = bar.findChild(QPushButton, "noteButton")
    assert button is not None
    return bar, button


def test_it_is_hidden_until_there_is_something_to_say(qtbot: QtBot) -> None:
    bar, button = make(qtbot)
    assert bar.isHidden()

    bar.say("Note", "Something happened. ")

    assert bar.isVisible()
    assert bar.text == "Something happened."
    assert button.isHidden()


def test_its_button_acts_once_and_closes_it(qtbot: QtBot) -> None:
    bar, button = make(qtbot)
    acted: list[str] = []
    bar.say("Interrupted", "The run is kept.", "Resume", lambda: acted.append("resumed"))
    assert button.accessibleName() == "Resume"

    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)

    assert acted == ["resumed"]
    assert bar.isHidden()


def test_a_new_message_takes_the_old_button_away(qtbot: QtBot) -> None:
    bar, button = make(qtbot)
    bar.say("Interrupted", "The run is kept.", "Resume", lambda: None)

    bar.say("Note", "Something else.")

    assert button.isHidden()


def test_it_can_be_closed(qtbot: QtBot) -> None:
    bar, _ = make(qtbot)
    bar.say("Note", "Something happened.")
    close = bar.findChild(QToolButton, "noteClose")
    assert close is not None

    qtbot.mouseClick(close, Qt.MouseButton.LeftButton)

    assert bar.isHidden()
