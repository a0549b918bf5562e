from __future__ import annotations

from PySide6.QtWidgets import QToolButton
from pytestqt.qtbot import QtBot

from app.rail import Rail
from app.theme import DARK


def test_it_tells_what_was_chosen_and_marks_it(qtbot: QtBot) -> None:
    rail = Rail({"dataset": "Dataset", "models": "Models"})
    qtbot.addWidget(rail)
    chosen: list[str] = []
    rail.chosen.connect(chosen.append)

    rail.choose("models")
    rail.findChild(QToolButton, "datasetButton").click()

    assert chosen == ["models", "dataset"]
    checked = {button.objectName(): button.isChecked() for button in rail.findChildren(QToolButton)}
    assert checked == {"datasetButton": True, "modelsButton": False}


def test_the_icon_of_the_page_in_front_has_the_accent(qtbot: QtBot) -> None:
    rail = Rail({"dataset": "Dataset", "models": "Models"})
    qtbot.addWidget(rail)
    rail.set_colours(DARK)
    rail.choose("dataset")

    def colours(name: str) -> set[str]:
        button = rail.findChild(QToolButton, f"{name}Button")
        image = button.icon().pixmap(button.iconSize()).toImage()
        pixels = [
            image.pixelColor(x, y) for x in range(image.width()) for y in range(image.height())
        ]
        return {pixel.name() for pixel in pixels if pixel.alpha() == 255}

    assert DARK.accent in colours("dataset")
    assert DARK.accent not in colours("models")
