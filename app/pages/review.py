"""The Review page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.pages.joined import join, paint, share_reader
from app.review_panel.review_panel import ReviewPanel

if TYPE_CHECKING:
    from app.main_window import MainWindow


def make(window: MainWindow) -> ReviewPanel:
    """The page, joined to ``window``."""
    page = ReviewPanel()
    page.predict_wanted.connect(window.responder.submit)
    page.series.frames_wanted.connect(window.responder.submit)
    page.series.stop_wanted.connect(window.responder.stop)
    window.responder.event_received.connect(page.show_event)
    window.responder.worker_died.connect(page.show_worker_died)
    window.images_changed.connect(page.set_project)
    review = page.review
    review.cases_wanted.connect(window.responder.submit)
    review.labels_changed.connect(window.tell_project_changed)
    review.training_wanted.connect(window.show_training)
    review.doubts_shown.connect(window.show_doubtful)
    review.import_wanted.connect(window.import_more)
    share_reader(window, review.bar.reader)
    paint(window, page)
    join(window, page)
    return page
