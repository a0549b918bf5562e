"""Going through a real model's answers by mouse and keys, with verdicts and new labels."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QFileDialog, QMenu, QMessageBox, QProgressBar, QPushButton
from pytestqt.qtbot import QtBot

from app.evaluate_panel.choice_bar import looks_words
from app.review_panel.cases import ChosenCell
from app.review_panel.feedback_dialog import FeedbackDialog
from app.review_panel.review_panel import ReviewPanel
from app.viewer import frame_loader
from app.viewer.frame_loader import read_frame
from fpt_core.dataset.feedback import export_verdicts
from fpt_core.dataset.project import Project
from fpt_core.errors import FptError
from fpt_core.evaluation.doubtful_labels import kept_doubtful_labels
from fpt_core.evaluation.predictions import PREDICTIONS
from fpt_core.events import Failed
from fpt_core.jobs.requests import CasesRequest, PredictRequest
from fpt_core.jobs.run import run
from tests.app.samples import press, when_asked
from tests.studies import make_study

Until = Callable[[Callable[[], bool]], None]


@pytest.fixture
def copied(trained: tuple[Path, Path], tmp_path: Path) -> tuple[Project, Path]:
    """A project and its model, free to be changed."""
    path, model = trained
    for folder in (path, path.with_suffix("")):
        shutil.copytree(folder, tmp_path / folder.name)
    here = tmp_path / path.name
    return Project.open(here), here / model.relative_to(path)


@pytest.fixture
def panel(qtbot: QtBot) -> Iterator[ReviewPanel]:
    """The panel, whose requests are carried out in this process."""
    panel = ReviewPanel()
    qtbot.addWidget(panel)
    panel.resize(1180, 660)

    def carry_out(request: CasesRequest | PredictRequest) -> None:
        try:
            for event in run(request):
                panel.show_event(event)
        except FptError as error:
            panel.show_event(Failed.from_error(error))

    panel.predict_wanted.connect(carry_out)
    panel.review.cases_wanted.connect(carry_out)
    panel.show()
    panel.activateWindow()
    yield panel
    panel.close_readers()


def _choose(qtbot: QtBot, panel: ReviewPanel, button: str, entry: str) -> None:
    """Choose an entry of a menu button by its keys."""
    found = panel.findChild(QPushButton, button)
    assert found is not None
    assert found.isVisible()
    menu = found.menu()
    assert isinstance(menu, QMenu)
    action = next(action for action in menu.actions() if action.objectName() == entry)
    action.trigger()


def _open(qtbot: QtBot, panel: ReviewPanel, until: Until, split: str = "val") -> None:
    _choose(qtbot, panel, "openCases", f"openCases-{split}")
    until(panel.review.cases.isVisible)
    until(lambda: panel.viewer.path is not None)
    until(panel.review.bar.isVisible)


def _click_cell(qtbot: QtBot, panel: ReviewPanel, row: int, column: int) -> None:
    matrix = panel.review.cases.matrix
    rect = next(rect for r, c, rect in matrix._cells() if (r, c) == (row, column))
    where = QPoint(int(rect.center().x()), int(rect.center().y()))
    qtbot.mouseClick(matrix, Qt.MouseButton.LeftButton, pos=where)


def test_a_cell_opens_its_images_and_keys_go_through_them(
    qtbot: QtBot, panel: ReviewPanel, copied: tuple[Project, Path], until: Until
) -> None:
    project, _ = copied
    looks = len(project.test_looks())
    panel.set_project(project)
    _open(qtbot, panel, until)
    cases = panel.review.cases
    assert cases.case_set is not None
    assert sum(map(sum, cases.case_set.counts())) == len(project.images("val"))
    mistakes = cases.case_set.mistakes()
    assert tuple(cases.model.cases) == mistakes
    assert [c.probability for c in mistakes] == sorted(c.probability for c in mistakes)[::-1]
    assert len(project.test_looks()) == looks  # validation images may be looked at freely

    _click_cell(qtbot, panel, 0, 0)
    right = cases.case_set.in_cell((0, 0))
    assert tuple(cases.model.cases) == right
    until(lambda: panel.viewer.path == right[0].image.path)
    qtbot.keyClick(panel, Qt.Key.Key_N)
    assert panel.viewer.path == right[1].image.path
    qtbot.keyClick(panel, Qt.Key.Key_P)
    assert panel.viewer.path == right[0].image.path
    until(lambda: "right" in panel.review.box.truth.text())
    assert right[0].image.class_name in panel.review.box.truth.text()

    # The patient's other image is a click away.
    [other] = [
        i for i in project.images() if i.patient == right[0].image.patient and i != right[0].image
    ]
    button = panel.review.box.buttons[0]
    until(button.isVisible)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert panel.viewer.path == other.path

    matrix = cases.matrix
    matrix.setFocus()
    qtbot.keyClick(matrix, Qt.Key.Key_Right)
    qtbot.keyClick(matrix, Qt.Key.Key_Return)
    assert tuple(cases.model.cases) == cases.case_set.in_cell((0, 1))


def test_test_images_are_opened_after_a_question_alone_and_counted(
    qtbot: QtBot, panel: ReviewPanel, copied: tuple[Project, Path], until: Until
) -> None:
    project, _ = copied
    panel.set_project(project)
    looks = len(project.test_looks())
    texts: list[str] = []

    def refuse(box: QMessageBox) -> None:
        texts.append(box.informativeText())
        press("Cancel")(box)

    when_asked(QMessageBox, refuse)
    _choose(qtbot, panel, "openCases", "openCases-test")
    assert looks_words(looks)[:-1] in texts[0]
    assert len(project.test_looks()) == looks
    when_asked(QMessageBox, press("Open them"))
    _open(qtbot, panel, until, "test")
    assert len(project.test_looks()) == looks + 1


def test_verdicts_by_keys_are_kept_and_taken_back(
    qtbot: QtBot, panel: ReviewPanel, copied: tuple[Project, Path], until: Until, tmp_path: Path
) -> None:
    project, model = copied
    panel.set_project(project)
    _open(qtbot, panel, until)
    bar, case = panel.review.bar, panel.review.cases.current
    assert case is not None
    names = panel.review.cases.case_set.class_names  # type: ignore[union-attr]
    qtbot.keyClicks(bar.reader, "Dr. Ito")
    qtbot.keyClick(bar.reader, Qt.Key.Key_Return)
    panel.view.setFocus()
    qtbot.keyClick(panel.view, Qt.Key.Key_D)
    until(lambda: len(project.verdicts()) == 1)
    [verdict] = project.verdicts()
    assert (verdict.image_hash, verdict.agrees) == (case.image.image_hash, False)
    assert (verdict.answer, verdict.class_name) == (names[case.given], names[case.truth])
    assert (verdict.reader, verdict.model) == ("Dr. Ito", model.parent.name)
    assert verdict.probability == pytest.approx(case.probability, abs=1e-3)

    qtbot.mouseClick(bar.note, Qt.MouseButton.LeftButton)
    until(bar.note.hasFocus)
    qtbot.keyClicks(bar.note, "a dad note")  # the keys of verdicts write here
    qtbot.keyClick(bar.note, Qt.Key.Key_Return)
    until(lambda: project.verdicts()[0].note == "a dad note")
    panel.view.setFocus()
    qtbot.keyClick(panel.view, Qt.Key.Key_A)
    until(lambda: project.verdicts()[0].agrees)
    assert project.verdicts()[0].note == "a dad note"

    table = tmp_path / "verdicts.csv"
    export_verdicts(project, table)
    with table.open(encoding="utf-8-sig", newline="") as file:
        assert [row["verdict"] for row in csv.DictReader(file)] == ["agree"]
    qtbot.mouseClick(bar.agree, Qt.MouseButton.LeftButton)
    until(lambda: project.verdicts() == [])


def test_an_image_from_elsewhere_is_kept_by_its_content(
    qtbot: QtBot, panel: ReviewPanel, copied: tuple[Project, Path], until: Until, tmp_path: Path
) -> None:
    project, _ = copied
    known = project.images("val")[0]
    copy = tmp_path / "MRN-4711.png"
    shutil.copy(known.path, copy)
    panel.set_project(project)
    panel.open_path(copy)
    until(panel.review.bar.isVisible)
    until(lambda: known.class_name in panel.review.box.truth.text())  # the same content
    copy.write_bytes(copy.read_bytes() + b"\0")
    panel.open_path(copy)
    until(panel.review.bar.isVisible)
    assert not panel.review.box.isVisible()
    qtbot.mouseClick(panel.review.bar.agree, Qt.MouseButton.LeftButton)
    until(lambda: len(project.verdicts()) == 1)
    assert project.verdicts()[0].image_hash not in {i.image_hash for i in project.images()}
    assert "4711" not in str(project.verdicts())


def test_a_label_is_changed_with_its_reader_and_a_new_run_is_asked_for(
    qtbot: QtBot, panel: ReviewPanel, copied: tuple[Project, Path], until: Until
) -> None:
    project, _ = copied
    panel.set_project(project)
    _open(qtbot, panel, until)
    case, bar = panel.review.cases.current, panel.review.bar
    assert case is not None
    bar.reader.setText("Dr. Ito")
    qtbot.mouseClick(bar.agree, Qt.MouseButton.LeftButton)  # with a mistake
    assert bar.label.isVisible()
    with qtbot.waitSignal(panel.review.labels_changed):
        qtbot.mouseClick(bar.label, Qt.MouseButton.LeftButton)
    names = panel.review.cases.case_set.class_names  # type: ignore[union-attr]
    assert project.edits()[0].what == f"1 image labelled “{names[case.given]}”"
    assert project.edits()[0].reader == "Dr. Ito"
    run_name = project.runs()[0].name
    assert f"1 label changed since run {run_name} was trained" in panel.message.text
    with qtbot.waitSignal(panel.review.training_wanted):
        qtbot.mouseClick(panel.message._button, Qt.MouseButton.LeftButton)
    project.undo()
    assert (
        next(i for i in project.images() if i.id == case.image.id).class_name != names[case.given]
    )


def test_verdicts_become_labels_after_a_preview(
    qtbot: QtBot, panel: ReviewPanel, copied: tuple[Project, Path], until: Until
) -> None:
    project, _ = copied
    panel.set_project(project)
    _open(qtbot, panel, until)
    qtbot.mouseClick(panel.review.bar.agree, Qt.MouseButton.LeftButton)
    until(lambda: len(project.verdicts()) == 1)
    _choose(qtbot, panel, "verdictMenu", "verdictsAsLabels")
    until(lambda: bool(panel.findChildren(FeedbackDialog)))
    [dialog] = panel.findChildren(FeedbackDialog)
    assert project.edits() == []
    apply = dialog.findChild(QPushButton, "applyFeedback")
    assert apply is not None
    assert apply.text() == "Change 1 label"
    with qtbot.waitSignal(panel.review.labels_changed):
        qtbot.mouseClick(apply, Qt.MouseButton.LeftButton)
    assert len(project.edits()) == 1


def test_labels_that_look_wrong_are_looked_for_on_demand(
    qtbot: QtBot, panel: ReviewPanel, copied: tuple[Project, Path], until: Until
) -> None:
    project, _ = copied
    panel.set_project(project)
    _open(qtbot, panel, until)
    button = panel.findChild(QPushButton, "lookForDoubts")
    assert button is not None
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    until(lambda: panel.message.kind == "Labels")
    kept = kept_doubtful_labels(project)
    assert kept is not None
    assert "(validation images)" in panel.message.text
    assert panel.message.text.startswith(str(len(kept.labels) or "None"))


def test_a_cell_that_was_clicked_elsewhere_shows_as_many_as_it_counted(
    panel: ReviewPanel, copied: tuple[Project, Path], until: Until
) -> None:
    project, model = copied
    panel.set_project(project)
    images = project.images("val")[:3]
    rows = tuple((image.id, 0, 1, 0.9 - place / 10) for place, image in enumerate(images))
    chosen = ChosenCell(model, ("bright", "dark"), rows, (0, 1), "val", "dark from 0.300 on")
    panel.review.open_cell(chosen)
    until(panel.review.cases.isVisible)
    assert [case.image.id for case in panel.review.cases.model.cases] == [i.id for i in images]


# --- what cannot be -------------------------------------------------------------------------


def _say(panel: ReviewPanel) -> str:
    return f"{panel.message.kind}: {panel.message.text}"


def test_what_is_missing_is_said(
    qtbot: QtBot, panel: ReviewPanel, tmp_path: Path, trained: tuple[Path, Path]
) -> None:
    _choose(qtbot, panel, "openCases", "openCases-val")
    assert _say(panel).startswith("No images: Open a project")
    other = Project.open(make_study(tmp_path, "other", seed=1, classes="ill healthy"))
    panel.set_project(other)
    _choose(qtbot, panel, "openCases", "openCases-val")
    assert _say(panel).startswith("No model: Train a model")
    panel.use_model(trained[1])
    _choose(qtbot, panel, "openCases", "openCases-val")
    assert "classes that the model does not know: healthy, ill" in _say(panel)
    _choose(qtbot, panel, "openCases", "openCases-out-of-fold")
    assert "keeps no answers out of fold" in _say(panel)
    other.move([image.id for image in other.images("val")], "train")
    _choose(qtbot, panel, "openCases", "openCases-val")
    assert "holds no images" in _say(panel)


def test_an_edited_prediction_file_and_a_file_that_is_gone_are_told(
    qtbot: QtBot, panel: ReviewPanel, copied: tuple[Project, Path], until: Until
) -> None:
    project, model = copied
    kept = model.parent / PREDICTIONS
    kept.write_text(kept.read_text().replace("0.9", "0.1"))
    panel.set_project(project)
    gone = project.images("val")[0]
    gone.path.unlink()
    _open(qtbot, panel, until)
    assert "left out" in _say(panel) or "was changed after" in _say(panel)
    assert panel.review.cases.case_set is not None
    assert gone.id not in {case.image.id for case in panel.review.cases.case_set.cases}
    panel.review.cases.case_chosen.emit(next(iter(panel.review.cases.case_set.cases)))
    case = panel.review.cases.case_set.cases[-1]
    case.image.path.unlink()
    panel.review.cases.case_chosen.emit(case)
    until(lambda: panel.message.kind == "Not shown")


def test_a_project_of_another_window_keeps_no_verdict(
    qtbot: QtBot,
    panel: ReviewPanel,
    copied: tuple[Project, Path],
    until: Until,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    project, _ = copied
    panel.set_project(Project.open(project.path, read_only=True))
    _open(qtbot, panel, until)
    qtbot.mouseClick(panel.review.bar.agree, Qt.MouseButton.LeftButton)
    until(lambda: "read-only here" in panel.message.text)
    until(lambda: not panel.review.bar.agree.isChecked())
    assert project.verdicts() == []
    wrong = tmp_path / "wrong.csv"
    wrong.write_text("a,b\n")
    chosen: Any = lambda *_, **__: (str(wrong), "")  # noqa: E731
    monkeypatch.setattr(QFileDialog, "getOpenFileName", chosen)
    _choose(qtbot, panel, "verdictMenu", "importVerdicts")
    until(lambda: "no column image_hash" in panel.message.text)


def test_the_next_case_is_decoded_and_answered_before_it_is_opened(
    qtbot: QtBot,
    panel: ReviewPanel,
    until: Until,
    copied: tuple[Project, Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    project, model = copied
    decoded: list[Path] = []

    def read(path: Path, frame: int) -> Any:
        decoded.append(path)
        return read_frame(path, frame)

    monkeypatch.setattr(frame_loader, "read_frame", read)
    asked: list[Path] = []
    panel.predict_wanted.connect(lambda request: asked.append(request.paths[0]))
    panel.set_project(project)
    panel.use_model(model)
    _open(qtbot, panel, until)
    panel.review.cases.choice.setCurrentIndex(1)
    first, second = (case.image.path for case in panel.review.cases.model.cases[:2])
    until(lambda: panel.viewer.path == first and second in asked and second in decoded)

    times_asked, times_decoded = asked.count(second), decoded.count(second)
    qtbot.keyClick(panel.view, Qt.Key.Key_N)
    until(lambda: panel.viewer.path == second and panel.viewer.frames == 1)
    assert panel.findChildren(QProgressBar), "the answer is there with the image"
    assert (asked.count(second), decoded.count(second)) == (times_asked, times_decoded)
