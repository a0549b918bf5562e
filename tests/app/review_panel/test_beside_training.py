"""Images are answered, one by one and in the queue, while a model trains."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QProgressBar

from app.main_window import MainWindow
from fpt_core.config import TrainingConfig
from fpt_core.events import EpochCompleted, Event, Stopped
from fpt_core.jobs.requests import PrepareRequest, TrainRequest
from tests.pictures import write_image

Until = Callable[[Callable[[], bool]], None]


def test_three_processes_train_answer_and_work_the_queue_off(
    window: MainWindow, trained: tuple[Path, Path], until: Until, tmp_path: Path
) -> None:
    project = tmp_path / trained[0].name
    shutil.copytree(trained[0], project)
    shutil.copytree(trained[0].with_suffix(""), project.with_suffix(""))
    told: list[Event] = []
    window.trainer.event_received.connect(told.append)
    prepare = PrepareRequest(project, image_size=64, device="cpu")
    window.trainer.submit(TrainRequest(prepare, TrainingConfig(epochs=10_000)))
    until(lambda: any(isinstance(event, EpochCompleted) for event in told))

    window.show_review()
    panel = window.review_panel
    panel.use_model(trained[1])
    image = write_image(tmp_path / "scans" / "0.png", 1)
    write_image(tmp_path / "scans" / "1.png", 2)
    panel.open_path(image)
    panel.open_path(image.parent)
    until(lambda: bool(panel.bars.findChildren(QProgressBar)))
    queue = panel.many.queue
    until(lambda: queue.table.rowCount() == 2 and not queue.is_busy)

    epochs = [event for event in told if isinstance(event, EpochCompleted)]
    until(lambda: len([e for e in told if isinstance(e, EpochCompleted)]) > len(epochs))
    assert window.trainer.busy, "the run goes on"
    workers = {window.trainer.worker_pid, window.responder.worker_pid}
    assert len(workers) == 2
    assert None not in workers
    window.trainer.stop()
    until(lambda: isinstance(told[-1], Stopped))
