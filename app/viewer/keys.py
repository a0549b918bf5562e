"""The viewer's keys and mouse, as a table: shortcuts are made from it, and the help shows it."""

from __future__ import annotations

import itertools
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class KeySpec:
    """One key; ``handler`` names a method of the viewer."""

    key: str
    text: str
    handler: str


KEYS = (
    KeySpec("I", "Invert bright and dark", "invert"),
    KeySpec("R", "Reset window, direction and zoom", "reset"),
    KeySpec("F", "Fit the whole image", "fit"),
    KeySpec("Z", "Actual size: one image pixel on each screen pixel", "show_actual_size"),
    KeySpec("T", "Turn a quarter to the right", "turn"),
    KeySpec("X", "Flip left to right", "flip_left_to_right"),
    KeySpec("Y", "Flip top to bottom", "flip_top_to_bottom"),
    KeySpec("Space", "Play or stop the frames", "toggle_cine"),
    KeySpec("M", "What the file says of itself", "show_metadata"),
    KeySpec("?", "This list", "show_keys"),
)
HANDS = (
    ("Left drag", "Window: across for width, up and down for level"),
    ("Middle drag", "Pan"),
    ("Right drag, Ctrl+wheel", "Zoom around the cursor"),
    ("Shift+left drag", "Measure a length; Esc takes it away"),
    ("Double click", "Fit the whole image"),
    ("Wheel, arrows, Page, Home, End", "Frames"),
    ("1 … 9", "Display windows: the file's own, nearly all values, then CT presets"),
)
"""What mouse and number keys do in the image itself."""


def key_table(more: tuple[tuple[str, str], ...] = ()) -> str:
    """All of it as an HTML table in two columns; ``more`` are keys of the panel around."""
    rows = (*HANDS, *((spec.key, spec.text) for spec in KEYS), *more)
    half = (len(rows) + 1) // 2
    lines = (
        _cells(*left) + _cells(*right)
        for left, right in itertools.zip_longest(rows[:half], rows[half:], fillvalue=("", ""))
    )
    return f"<table cellpadding='3'>{''.join(f'<tr>{line}</tr>' for line in lines)}</table>"


def _cells(keys: str, text: str) -> str:
    """A pair of cells that is not broken: a table higher than the screen could not be closed."""
    nowrap = "style='white-space: nowrap'"
    return f"<td {nowrap}><b>{keys}</b>&nbsp;</td><td {nowrap}>{text}&nbsp;&nbsp;&nbsp;</td>"
