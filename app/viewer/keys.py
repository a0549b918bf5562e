"""The viewer's keys and mouse, as a table: shortcuts are made from it, and the help shows it."""

from __future__ import annotations

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
    """All of it as an HTML table; ``more`` are keys of the panel around."""
    rows = (*HANDS, *((spec.key, spec.text) for spec in KEYS), *more)
    cells = (f"<tr><td><b>{keys}</b>&nbsp;&nbsp;</td><td>{text}</td></tr>" for keys, text in rows)
    return f"<table cellpadding='3'>{''.join(cells)}</table>"
