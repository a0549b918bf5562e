from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication

from app.theme import DARK, LIGHT, Colours, Theme, apply_theme, colours_of


@pytest.fixture
def application(qapp: QApplication) -> Iterator[QApplication]:
    yield qapp
    qapp.setStyleSheet("")


@pytest.mark.parametrize(("theme", "colours"), [(Theme.LIGHT, LIGHT), (Theme.DARK, DARK)])
def test_the_whole_application_is_styled(
    application: QApplication, theme: Theme, colours: Colours
) -> None:
    assert apply_theme(application, theme) == colours
    assert colours.background in application.styleSheet()


def test_the_system_is_followed(application: QApplication) -> None:
    assert colours_of(Theme.SYSTEM) in (LIGHT, DARK)


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("name", ["text", "muted", "accent", "second", "warning", "error"])
def test_words_and_lines_stand_out_from_their_ground(colours: Colours, name: str) -> None:
    """Reference: WCAG 2.2, 1.4.3: 4.5 to 1 for text."""
    for ground in (colours.background, colours.surface):
        light, dark = sorted((_luminance(getattr(colours, name)), _luminance(ground)))[::-1]
        assert (light + 0.05) / (dark + 0.05) >= 4.5


def _luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
