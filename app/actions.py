"""Menus as a table of data."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ActionSpec:
    """One menu entry; ``handler`` names a method of the main window."""

    menu: str
    name: str
    text: str
    handler: str
    shortcut: str = ""


ACTIONS = (
    ActionSpec("&File", "newProject", "&New project…", "choose_new_project", "Ctrl+N"),
    ActionSpec("&File", "openProject", "&Open project…", "choose_project", "Ctrl+Shift+O"),
    ActionSpec("&File", "openImage", "Open &image…", "choose_image", "Ctrl+O"),
    ActionSpec("&File", "openModel", "Open &model…", "choose_model", "Ctrl+M"),
    ActionSpec("&File", "quit", "&Quit", "close", "Ctrl+Q"),
    ActionSpec("&Edit", "undo", "&Undo change of the data set", "undo_edit", "Ctrl+Z"),
    ActionSpec("&View", "showDataset", "&Dataset", "show_dataset", "Ctrl+1"),
    ActionSpec("&View", "showTraining", "&Training", "show_training", "Ctrl+2"),
    ActionSpec("&View", "showEvaluate", "&Evaluate", "show_evaluate", "Ctrl+3"),
    ActionSpec("&View", "showReview", "&Review", "show_review", "Ctrl+4"),
    ActionSpec("&View", "showModels", "&Models", "show_models", "Ctrl+5"),
    ActionSpec("&View", "themeSystem", "Theme: &system", "use_system_theme"),
    ActionSpec("&View", "themeLight", "Theme: &light", "use_light_theme"),
    ActionSpec("&View", "themeDark", "Theme: &dark", "use_dark_theme"),
    ActionSpec("&Help", "licences", "Third-party &licences", "show_licences"),
    ActionSpec("&Help", "about", "&About FPT Studio", "show_about"),
)
