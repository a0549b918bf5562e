"""The Models page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.models_panel.models_panel import ModelsPanel
from app.pages.joined import join

if TYPE_CHECKING:
    from app.main_window import MainWindow


def make(window: MainWindow) -> ModelsPanel:
    """The page, joined to ``window``."""
    page = ModelsPanel()
    page.review_wanted.connect(window.review_with)
    page.backbones_changed.connect(window.backbones_changed)
    window.images_changed.connect(page.set_project)
    join(window, page)
    return page
