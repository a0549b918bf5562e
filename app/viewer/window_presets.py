"""Display windows by number: the file's own first, then those of its kind of image."""

from __future__ import annotations

from dataclasses import dataclass

from app.viewer.picture_levels import PictureLevels
from fpt_core.config import CT_WINDOWS
from fpt_core.images import Window


@dataclass(frozen=True, slots=True)
class WindowPreset:
    """A window and its name."""

    text: str
    window: Window


def window_presets(picture: PictureLevels) -> list[WindowPreset]:
    """The presets of an image, in the order of the number keys; none for colour."""
    pixels = picture.pixels
    if pixels.is_colour:
        return []
    presets = [
        WindowPreset(window.name.capitalize() or "As the file asks", window)
        for window in pixels.windows
    ]
    presets.append(WindowPreset("Nearly all values", picture.robust))
    if pixels.unit == "HU":
        presets += [
            WindowPreset(name.replace("-", " ").capitalize(), Window(choice.center, choice.width))
            for name, choice in CT_WINDOWS.items()
        ]
    return presets
