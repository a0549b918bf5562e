"""A projects folder on a network share that goes away while the window has a project open."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QPushButton

from app.main_window import MainWindow
from app.pages.pages import PAGES
from app.trouble import Trouble
from fpt_core import verbs
from fpt_core.dataset.project import Project
from tests.app.samples import classes_shown, make_project
from tests.pictures import write_labelled_folders

Until = Callable[[Callable[[], bool]], None]
# What slots let pass is to reach the window, not pytest.
pytestmark = [pytest.mark.qt_no_exception_capture, pytest.mark.timeout(400)]


@pytest.fixture
def told(window: MainWindow) -> Iterator[MainWindow]:
    trouble = Trouble(window)
    trouble.met.connect(window.say_trouble)
    yield window
    trouble.close()


@pytest.fixture
def share(tmp_path: Path) -> Path:
    """Where the share is mounted."""
    folder = tmp_path / "share"
    folder.mkdir()
    return folder


def unmount(share: Path) -> None:
    share.rename(share.with_name("elsewhere"))


def mount(share: Path) -> None:
    share.with_name("elsewhere").rename(share)


def test_every_page_goes_on_and_a_sentence_says_why(
    told: MainWindow, until: Until, share: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    project = make_project(share)
    told.open_project(project.path)
    until(lambda: len(classes_shown(told.dataset_panel)) == 2)
    for name in PAGES:
        told.show_page(name)
    told.show_training()
    until(told.training_panel.plan.start.isEnabled)

    unmount(share)
    for name in PAGES:
        told.show_page(name)
    page = told.dataset_panel.page
    page.gallery.grid.select_rows([0], 0)
    page.gallery.relabel_wanted.emit([page.gallery.images.image(0).id], "ill")
    until(lambda: bool(told.dataset_panel.message.kind))
    assert "no project at" in told.dataset_panel.message.text
    told.training_panel.plan.start.click()
    until(lambda: not told.trainer.busy and bool(told.training_panel.message.kind))
    assert "no project at" in told.training_panel.message.text
    assert "no project at" in told.trouble.text

    mount(share)
    told.trouble.findChild(QPushButton, "troubleButton").click()
    until(told.training_panel.plan.start.isEnabled)
    page.gallery.relabel_wanted.emit([page.gallery.images.image(0).id], "ill")
    until(lambda: page.history.list.count() == 1)
    assert len(Project.open(project.path).images()) == 6
    assert "Traceback" not in capfd.readouterr().err


def test_a_run_goes_on_when_the_share_is_back(
    told: MainWindow, until: Until, share: Path, tmp_path: Path
) -> None:
    project = _imported(told, until, share, tmp_path)
    panel = told.training_panel
    form = panel.plan.form
    form.image_size.setItemData(0, 64)
    form.image_size.setCurrentIndex(0)
    form.advanced.epochs.setValue(200)
    told.show_training()
    until(panel.plan.start.isEnabled)
    panel.plan.start.click()
    until(lambda: len(panel.live.charts.loss.points("validation")[0]) >= 2)

    unmount(share)
    until(lambda: not told.trainer.busy and told.trainer.worker_pid is None)
    assert "no project at" in panel.message.text
    assert not share.exists(), "nothing grew in its place"

    mount(share)
    told.open_project(project.path)
    until(lambda: panel.message.kind == "Interrupted")
    panel.message.findChild(QPushButton, "trainingMessageButton").click()
    until(lambda: told.trainer.busy and len(panel.live.charts.loss.points("validation")[0]) >= 3)
    [run] = project.runs()
    assert run.status == "running"


def _imported(window: MainWindow, until: Until, share: Path, tmp_path: Path) -> Project:
    source = write_labelled_folders(tmp_path / "images")
    project = Project.create(share / "study")
    for _ in verbs.import_images(project.path, source / "labels.csv"):
        pass
    window.open_project(project.path)
    return project
