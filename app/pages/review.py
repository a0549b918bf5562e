"""The Review page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.pages.joined import join
from app.review_panel.review_panel import ReviewPanel

if TYPE_CHECKING:
    from app.main_window import MainWindow


def make(window: MainWindow) -> ReviewPanel:
    """The page, joined to ``window``."""
    page = ReviewPanel()
    page.predict_wanted.connect(window.responder.submit)
    window.responder.event_received.connect(page.show_event)
    window.responder.worker_died.connect(page.show_worker_died)
    window.images_changed.connect(page.set_project)
    join(window, page)
    return page
