"""Labels that look wrong are looked at and changed, and a new run is asked for."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QInputDialog, QPushButton
from pytestqt.qtbot import QtBot

from app.dataset_panel.dataset_panel import DatasetPanel
from fpt_core.dataset.project import Project
from fpt_core.evaluation.doubtful_labels import find_doubtful_labels, keep_doubtful_labels
from fpt_core.evaluation.predictions import PREDICTIONS, load_predictions
from tests.app.samples import when_asked


def test_a_doubtful_label_is_changed_with_its_reader_and_a_new_run_is_asked_for(
    qtbot: QtBot,
    until: Callable[[Callable[[], bool]], None],
    trained: tuple[Path, Path],
    tmp_path: Path,
) -> None:
    for folder in (trained[0], trained[0].with_suffix("")):
        shutil.copytree(folder, tmp_path / folder.name)
    project = Project.open(tmp_path / trained[0].name)
    run = project.run(trained[1].parent.name)
    for other in project.runs():  # other tests train in this project too
        if other.id != run.id:
            project.trash_run(other.id)
    answers = load_predictions(project.runs_dir / run.id / PREDICTIONS).answers
    surest = max((a for a in answers if a.split == "val"), key=lambda a: max(a.probabilities))
    other = next(name for name in project.class_names if name != surest.class_name)
    project.relabel([surest.image_id], other)
    found = find_doubtful_labels(project, run.id)
    assert found.labels[0].image_id == surest.image_id
    keep_doubtful_labels(project, found)
    panel = DatasetPanel()
    qtbot.addWidget(panel, before_close_func=lambda shown: shown.close_readers())
    panel.resize(1180, 660)
    panel.show()
    panel.set_project(project)
    until(lambda: panel.page.has_images)
    until(panel.retrain.isVisible)
    assert panel.retrain.text.startswith(f"1 label changed since run {run.name} was trained")
    button = panel.findChild(QPushButton, "retrainMessageButton")
    assert button is not None
    with qtbot.waitSignal(panel.retrain.training_wanted):
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    panel.show_doubtful()
    gallery = panel.page.gallery
    until(lambda: gallery.images.rowCount() == len(found.labels))
    assert gallery.images.image(0).id == found.labels[0].image_id

    panel.page.reader.setText("Dr. Ito")
    gallery.grid.setFocus()
    gallery.grid.select_rows([0], 0)

    def answer(dialog: QInputDialog) -> None:
        dialog.setTextValue(found.labels[0].suggested)
        dialog.accept()

    when_asked(QInputDialog, answer)
    with qtbot.waitSignal(panel.changed):
        qtbot.keyClick(gallery.grid, Qt.Key.Key_L)
    assert project.edits()[0].reader == "Dr. Ito"

    def doubted() -> bool:
        finding = panel.page.audit.doubtful
        return finding is not None and (surest.image_id,) in finding.groups

    until(lambda: not doubted())
    assert not panel.retrain.isVisible()  # the label is again what the run learned
    panel.undo()
    until(doubted)
    assert panel.retrain.isVisible()
