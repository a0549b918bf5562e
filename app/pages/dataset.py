"""The Dataset page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.dataset_panel.dataset_panel import DatasetPanel
from app.pages.joined import join, paint, share_reader
from fpt_core.dataset.records import ImageRecord
from fpt_core.events import Failed
from fpt_core.jobs.requests import AuditRequest, ImportRequest

if TYPE_CHECKING:
    from app.main_window import MainWindow


def make(window: MainWindow) -> DatasetPanel:
    """The page, joined to ``window``."""
    page = DatasetPanel()

    def on_job_wanted(requests: tuple[ImportRequest | AuditRequest, ...]) -> None:
        project = window.project
        if project is not None and project.read_only:
            why = f"{project.path.name} is open in another window, so it is read-only here."
            page.show_event(Failed("project", why, "Do it in that window."))
            return
        for request in requests:
            window.run_job(request, page)

    def on_image_chosen(image: ImageRecord) -> None:
        window.show_review()
        window.review_panel.open_path(image.path, image.frame)

    page.job_wanted.connect(on_job_wanted)
    page.stop_wanted.connect(window.trainer.stop)
    page.image_chosen.connect(on_image_chosen)
    page.changed.connect(window.tell_images_changed)
    window.trainer.busy_changed.connect(page.set_engine_busy)
    page.set_engine_busy(window.trainer.busy)
    page.retrain.training_wanted.connect(window.show_training)
    share_reader(window, page.page.reader)
    paint(window, page)
    join(window, page)
    return page
