"""A report from the window: statements kept, examples picked, files written by a real worker."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from pytestqt.qtbot import QtBot

from app.report_dialog.examples_page import MOST_EXAMPLES, ExamplesPage
from app.report_dialog.report_dialog import ReportDialog
from app.theme import LIGHT
from fpt_core.checklists.topics import TOPICS
from fpt_core.config import TrainingConfig
from fpt_core.dataset.project import Project
from fpt_core.events import Failed, Warned
from fpt_core.jobs.requests import BackboneChoice, ImportRequest, PrepareRequest, TrainRequest
from fpt_core.jobs.run import run
from fpt_core.report.example import MOST_EXAMPLES as MOST_IN_A_REPORT
from tests.app.samples import make_project
from tests.pictures import write_labelled_folders

Until = Callable[[Callable[[], bool]], None]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Six images; no run."""
    return make_project(tmp_path)


@pytest.fixture
def make_dialog(qtbot: QtBot) -> Iterator[Callable[[Project], ReportDialog]]:
    """Shows a dialog, and closes it when the test ends."""
    shown: list[ReportDialog] = []

    def make(project: Project) -> ReportDialog:
        dialog = ReportDialog(project)
        dialog.show()
        qtbot.waitExposed(dialog)
        shown.append(dialog)
        return dialog

    yield make
    for dialog in shown:
        dialog.close()
        dialog.deleteLater()


def test_statements_are_kept_when_another_topic_is_chosen_and_at_the_end(
    project: Project, make_dialog: Callable[[Project], ReportDialog]
) -> None:
    dialog = make_dialog(project)
    page = dialog.statements
    topics = list(TOPICS)
    page.topics.setCurrentRow(topics.index("funding"))
    page.text.setPlainText("Nobody paid.")
    page.topics.setCurrentRow(topics.index("ethics"))
    assert page.text.toPlainText() == ""
    assert project.statements() == {"funding": "Nobody paid."}
    assert page.topics.item(topics.index("funding")).text() == "✓  Funding"
    assert page.count.text().startswith(f"1 of {len(TOPICS)} written")
    page.text.setPlainText("Waived.")
    dialog.close()
    assert project.statements() == {"funding": "Nobody paid.", "ethics": "Waived."}


def test_a_new_dialog_begins_at_the_first_open_topic(
    project: Project, make_dialog: Callable[[Project], ReportDialog]
) -> None:
    project.state("title", "A title.")
    page = make_dialog(project).statements
    assert list(TOPICS)[page.topics.currentRow()] == "abstract"


def test_a_project_without_a_finished_run_has_nothing_to_report(
    project: Project, make_dialog: Callable[[Project], ReportDialog]
) -> None:
    dialog = make_dialog(project)
    assert dialog.runs.currentText() == "No finished run yet"
    assert not dialog.write.isEnabled()


def test_examples_are_picked_among_test_images_and_none_unasked(
    project: Project, qtbot: QtBot, until: Until
) -> None:
    page = ExamplesPage(project, LIGHT)
    qtbot.addWidget(page)
    until(lambda: page.images.rowCount() == 2)
    assert page.picked == ()
    assert "No images are shown" in page.count.text()
    page.grid.select_rows([1], 1)
    assert page.picked == (page.images.image(1).id,)
    assert "Look that no name is written in them" in page.count.text()
    page.none.click()
    assert page.picked == ()
    page.close_readers()
    assert MOST_EXAMPLES == MOST_IN_A_REPORT


def test_what_was_told_and_what_failed_is_said(
    project: Project, make_dialog: Callable[[Project], ReportDialog]
) -> None:
    dialog = make_dialog(project)
    dialog.show_event(Failed("disk", "The disk is full.", "Free some space."))
    assert dialog.message.text == "The disk is full. Free some space."
    dialog.show_event(Warned("Training is left out.", "Restore it."))
    dialog._say_written(Path("report.html"))
    assert dialog.message.text.endswith("Training is left out. Restore it.")


def test_a_report_is_written_and_opened(
    tmp_path: Path,
    make_dialog: Callable[[Project], ReportDialog],
    until: Until,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    project = tmp_path / "study.fptproject"
    list(run(ImportRequest(project, write_labelled_folders(tmp_path / "images"))))
    choice = BackboneChoice("vit_tiny_patch16_224", allow_random=True)
    prepare = PrepareRequest(project, "linear-probe", choice, 32, device="cpu")
    list(run(TrainRequest(prepare, TrainingConfig())))
    opened: list[QUrl] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", opened.append)
    dialog = make_dialog(Project.open(project))
    assert dialog.write.isEnabled()
    dialog.write.click()
    assert not dialog.write.isEnabled()
    until(dialog.write.isEnabled)
    assert dialog.message.text.startswith("report.html, report.json and model_card.md")
    dialog.message.findChild(type(dialog.write), "reportMessageButton").click()
    [url] = opened
    assert Path(url.toLocalFile()).is_file()
    assert Path(url.toLocalFile()).parent.parent == project / "runs"
