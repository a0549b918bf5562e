"""Light, dark, or as the system has it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import qdarkstyle
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication
from qdarkstyle.dark.palette import DarkPalette
from qdarkstyle.light.palette import LightPalette


class Theme(Enum):
    """What the user chose."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


@dataclass(frozen=True, slots=True)
class Colours:
    """Colours for what the style sheet does not reach: charts, bars, icons."""

    background: str
    surface: str
    text: str
    muted: str
    grid: str
    accent: str
    second: str
    warning: str
    error: str
    lines: tuple[str, ...]
    """For curves that lie over each other; told apart by their dashes, too."""


DARK = Colours(
    background="#19232d",
    surface="#22303d",
    text="#e6edf3",
    muted="#9fb0c0",
    grid="#455364",
    accent="#5ab0f6",
    second="#ffb454",
    warning="#ffb454",
    error="#ff7b72",
    lines=("#5ab0f6", "#ffb454", "#4dd0b0", "#d7a1f9", "#c5d94a", "#ff7b72"),
)
LIGHT = Colours(
    background="#fafafa",
    surface="#eef1f4",
    text="#19232d",
    muted="#52616f",
    grid="#c0c4c8",
    accent="#0b66b3",
    second="#985000",
    warning="#985000",
    error="#b3261e",
    lines=("#0b66b3", "#985000", "#00796b", "#8e3a9d", "#5d6d00", "#b3261e"),
)

_SHEET = """
QWidget {{ font-size: 10pt; }}
QLabel#title, QLabel[role="title"] {{ font-size: 16pt; font-weight: 600; }}
QLabel#subtitle, QLabel[role="hint"] {{ color: {muted}; }}
QLabel[role="heading"] {{ font-weight: 600; }}
QFrame#rail {{ background: {surface}; border: none; }}
QFrame#rail QToolButton {{ border: none; border-radius: 8px; padding: 8px 2px; color: {muted};
    background: transparent; }}
QFrame#rail QToolButton:checked {{ background: {background}; color: {accent}; font-weight: 600; }}
QFrame#rail QToolButton:focus {{ border: 1px solid {accent}; }}
QFrame[role="message"] {{ border-radius: 6px; background: {surface}; border: 1px solid {grid}; }}
QFrame[role="message"] QLabel {{ background: transparent; }}
QFrame[role="drop"] {{ border: 2px dashed {grid}; border-radius: 12px; }}
QFrame[role="drop"][over="true"] {{ border-color: {accent}; background: {surface}; }}
QLabel#deviceBadge {{ background: {background}; border: 1px solid {grid}; border-radius: 10px;
    padding: 3px 10px; color: {text}; }}
QPushButton, QPushButton:disabled {{ padding: 6px 14px; min-height: 18px; }}
QFrame#verdictBar QPushButton:checked {{ border: 2px solid {accent}; color: {accent};
    font-weight: 600; padding: 5px 13px; }}
QPushButton[role="small"], QPushButton[role="small"]:disabled {{ padding: 2px 10px; }}
QPushButton[role="quiet"] {{ background: transparent; color: {muted}; padding: 2px 4px; }}
QPushButton[role="quiet"]:hover {{ background: {surface}; color: {text}; }}
QScrollArea#importScroll, QScrollArea#decisionScroll, QScrollArea#findingScroll {{ border: none; }}
QLabel#randomBanner {{ background: {surface}; border-left: 4px solid {warning};
    padding: 6px 10px; }}
QFrame[role="card"] {{ background: {surface}; border: none; border-left: 4px solid {grid};
    border-radius: 0; }}
QFrame[role="card"][severity="serious"] {{ border-left-color: {error}; }}
QFrame[role="card"][severity="caution"] {{ border-left-color: {warning}; }}
QFrame[role="card"] QLabel {{ background: transparent; }}
QLabel[role="severity"] {{ font-weight: 600; color: {muted}; }}
QLabel[role="severity"][severity="serious"] {{ color: {error}; }}
QLabel[role="severity"][severity="caution"] {{ color: {warning}; }}
QSplitter, QSplitter::handle {{ background: {background}; border: none; }}
QScrollArea#settingsScroll, QScrollArea#cardScroll, QScrollArea#reviewSide {{ border: none; }}
QTreeWidget#backboneTree::item {{ padding: 5px 2px; }}
QTreeWidget#backboneTree::branch {{ background: transparent; image: none; border-image: none; }}
QToolButton[role="fold"] {{ border: none; padding: 4px 2px; font-weight: 600;
    background: transparent; }}
QToolButton[role="fold"]:focus {{ border: 1px solid {accent}; }}
QPushButton[role="primary"] {{ background: {accent}; color: {background}; font-weight: 600; }}
QPushButton[role="primary"]:disabled {{ background: {surface}; color: {muted}; }}
"""


def is_dark(theme: Theme) -> bool:
    """Whether ``theme`` is dark on this system now."""
    if theme is Theme.SYSTEM:
        return QApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark
    return theme is Theme.DARK


def colours_of(theme: Theme) -> Colours:
    """The colours that go with ``theme`` now."""
    return DARK if is_dark(theme) else LIGHT


def apply_theme(application: QApplication, theme: Theme) -> Colours:
    """Style the whole application and return the colours that go with it."""
    palette = DarkPalette if is_dark(theme) else LightPalette
    colours = colours_of(theme)
    sheet = qdarkstyle.load_stylesheet(qt_api="pyside6", palette=palette)
    links = application.palette()
    links.setColor(QPalette.ColorRole.Link, QColor(colours.accent))
    application.setPalette(links)
    application.setStyleSheet(
        sheet + _SHEET.format(**{k: getattr(colours, k) for k in Colours.__slots__})
    )
    return colours
