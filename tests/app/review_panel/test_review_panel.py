from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel, QProgressBar
from pytestqt.qtbot import QtBot

from app.review_panel.review_panel import ReviewPanel
from fpt_core.dataset.project import Project
from fpt_core.evaluation.operating_point import OperatingPoint
from fpt_core.events import Failed, Predicted, PredictionFailed, TokenMap
from fpt_core.jobs.requests import PredictRequest
from tests.app.model_files import model_file
from tests.app.samples import make_project
from tests.pictures import write_image

Until = Callable[[Callable[[], bool]], None]


@pytest.fixture
def asked(panel: ReviewPanel) -> list[PredictRequest]:
    requests: list[PredictRequest] = []
    panel.predict_wanted.connect(requests.append)
    return requests


@pytest.fixture
def image(tmp_path: Path) -> Path:
    return write_image(tmp_path / "image.png", 1)


def answer(path: Path) -> Predicted:
    token_map = TokenMap(2, 2, (0.1, 0.9, 0.2, 0.4), (0, 0, 48, 48))
    return Predicted(str(path), ("healthy", "ill"), (0.3, 0.7), token_map, 0.5)


def show(panel: ReviewPanel, until: Until, path: Path) -> None:
    panel.open_path(path)
    until(lambda: panel.view.isVisible() and panel.view.scene().itemsBoundingRect().width() > 0)


def bars(panel: ReviewPanel) -> list[str]:
    return [bar.accessibleName() for bar in panel.bars.findChildren(QProgressBar)]


def test_an_image_unlike_the_training_images_is_told_beside_the_nearest_of_them(
    panel: ReviewPanel, until: Until, image: Path, tmp_path: Path
) -> None:
    project = make_project(tmp_path)
    panel.set_project(project)
    show(panel, until, image)
    nearest = [record.image_hash for record in project.images()[:3]]
    strange = dataclasses.replace(answer(image), distance=2.34, nearest=(*nearest, "unknown"))
    panel.show_event(strange)
    assert panel.likeness.isVisible()
    text = panel.likeness.findChild(QLabel, "likenessText")
    assert text is not None
    assert "2.3 times" in text.text()

    def pictures() -> list[QLabel]:
        labels = panel.likeness.findChildren(QLabel)
        return [label for label in labels if label.isVisible() and not label.pixmap().isNull()]

    until(lambda: len(pictures()) == 3)
    assert (
        pictures()[0].accessibleName()
        == f"Training image of class {project.images()[0].class_name}"
    )

    panel.show_event(dataclasses.replace(strange, distance=0.7))
    assert not panel.likeness.isVisible()


def test_an_image_is_asked_about_once(
    panel: ReviewPanel, asked: list[PredictRequest], until: Until, image: Path, tmp_path: Path
) -> None:
    model = tmp_path / "model.fpt"
    panel.use_model(model)

    show(panel, until, image)
    assert asked == [PredictRequest(model, (image,))]

    panel.use_model(tmp_path / "other.fpt")
    assert [request.model.name for request in asked] == ["model.fpt", "other.fpt"]


@pytest.mark.parametrize("name", ["model.fpt", "model.onnx"])
def test_a_model_file_that_is_dropped_answers(
    name: str,
    panel: ReviewPanel,
    asked: list[PredictRequest],
    until: Until,
    image: Path,
    tmp_path: Path,
) -> None:
    show(panel, until, image)
    panel.open_path(tmp_path / name)
    assert asked == [PredictRequest(tmp_path / name, (image,))]


def test_without_a_model_it_says_to_choose_one(
    panel: ReviewPanel, asked: list[PredictRequest], until: Until, image: Path
) -> None:
    show(panel, until, image)

    hint = panel.findChild(QLabel, "answerHint")
    assert hint is not None
    assert "Choose a model" in hint.text()
    assert asked == []


def test_an_answer_is_shown_with_its_heatmap(panel: ReviewPanel, until: Until, image: Path) -> None:
    show(panel, until, image)
    assert not panel.view.heatmap_visible

    panel.show_event(answer(image))

    assert bars(panel) == ["ill: 70.0%", "healthy: 30.0%"]
    assert panel.view.heatmap_visible


def test_an_answer_about_another_image_is_not_shown(
    panel: ReviewPanel, until: Until, image: Path
) -> None:
    show(panel, until, image)

    panel.show_event(answer(image.with_name("earlier.png")))

    assert bars(panel) == []
    assert not panel.view.heatmap_visible


def test_a_new_image_takes_the_old_answer_and_picture_away_at_once(
    qtbot: QtBot, panel: ReviewPanel, until: Until, image: Path, tmp_path: Path
) -> None:
    show(panel, until, image)
    panel.show_event(answer(image))

    panel.open_path(write_image(tmp_path / "next.png", 2))

    assert panel.view.scene().itemsBoundingRect().isEmpty()
    assert not panel.view.heatmap_visible
    qtbot.wait(1)
    assert bars(panel) == []


def test_the_same_image_can_be_dropped_again(
    panel: ReviewPanel,
    asked: list[PredictRequest],
    until: Until,
    image: Path,
    tmp_path: Path,
) -> None:
    panel.use_model(tmp_path / "model.fpt")
    show(panel, until, image)

    show(panel, until, image)

    until(lambda: len(asked) == 2)


def test_the_viewers_keys_work_at_once(
    qtbot: QtBot, panel: ReviewPanel, until: Until, image: Path
) -> None:
    show(panel, until, image)
    panel.show_event(answer(image))
    focus = QApplication.focusWidget()
    assert focus is panel.view

    opacity = panel.heatmap.opacity.value()
    qtbot.keyClick(focus, Qt.Key.Key_BracketLeft)
    assert panel.heatmap.opacity.value() < opacity
    qtbot.keyClick(focus, Qt.Key.Key_BracketRight)
    assert panel.heatmap.opacity.value() == opacity
    qtbot.keyClick(focus, Qt.Key.Key_H)
    assert not panel.view.heatmap_visible
    qtbot.keyClick(focus, Qt.Key.Key_H)
    assert panel.view.heatmap_visible

    plain = panel.view.grab().toImage()
    qtbot.keyClick(focus, Qt.Key.Key_I)
    assert panel.view.grab().toImage() != plain
    qtbot.keyClick(focus, Qt.Key.Key_R)
    assert panel.view.grab().toImage() == plain


def test_each_frame_is_answered_by_itself_and_the_next_ones_ahead(
    qtbot: QtBot, panel: ReviewPanel, asked: list[PredictRequest], until: Until, tmp_path: Path
) -> None:
    model, stack = tmp_path / "model.fpt", tmp_path / "stack.tif"
    pages = [Image.fromarray(np.full((48, 48), 40 * page, np.uint8)) for page in range(4)]
    pages[0].save(stack, save_all=True, append_images=pages[1:])
    panel.use_model(model)
    panel.open_path(stack, 1)
    until(lambda: len(asked) == 1)
    assert asked == [PredictRequest(model, (stack,), 1)]

    panel.show_event(dataclasses.replace(answer(stack), frame=1))
    assert bars(panel) == ["ill: 70.0%", "healthy: 30.0%"]
    assert asked[1:] == [PredictRequest(model, (stack,), 2)], "asked ahead"
    qtbot.keyClick(panel.view, Qt.Key.Key_Down)
    until(lambda: panel.viewer.frame == 2)
    assert not panel.view.heatmap_visible, "what was said of frame 1 is no answer for frame 2"
    panel.show_event(dataclasses.replace(answer(stack), frame=2, probabilities=(0.9, 0.1)))
    until(lambda: bars(panel) == ["healthy: 90.0%", "ill: 10.0%"])
    panel.show_event(dataclasses.replace(answer(stack), frame=3))
    qtbot.keyClick(panel.view, Qt.Key.Key_Down)
    until(lambda: panel.viewer.frame == 3)
    until(lambda: bars(panel) == ["ill: 70.0%", "healthy: 30.0%"])
    assert [request.frame for request in asked] == [1, 2, 3], "what is known is not asked again"


def test_the_heatmap_lies_on_the_frame_that_was_answered_only(
    qtbot: QtBot, panel: ReviewPanel, until: Until, tmp_path: Path
) -> None:
    stack = tmp_path / "stack.tif"
    pages = [Image.fromarray(np.full((48, 48), 40 * page, np.uint8)) for page in range(3)]
    pages[0].save(stack, save_all=True, append_images=pages[1:])
    frame = panel.viewer.findChild(QLabel, "frameText")
    assert frame is not None
    show(panel, until, stack)
    panel.show_event(answer(stack))
    assert panel.view.heatmap_visible

    qtbot.keyClick(panel.view, Qt.Key.Key_Down)
    until(lambda: frame.text() == "Frame 2 of 3")
    assert not panel.view.heatmap_visible

    qtbot.keyClick(panel.view, Qt.Key.Key_Up)
    until(lambda: frame.text() == "Frame 1 of 3")
    assert panel.view.heatmap_visible


@pytest.mark.parametrize(
    "event",
    [
        lambda path: PredictionFailed(str(path), "It has no pixels.", "Export it again."),
        lambda path: Failed("bundle", "It has no pixels.", "Export it again."),
    ],
)
def test_an_error_appears_in_place(
    panel: ReviewPanel, until: Until, image: Path, event: Callable[[Path], Any]
) -> None:
    show(panel, until, image)

    panel.show_event(event(image))

    assert panel.message.isVisible()
    assert panel.message.text == "It has no pixels. Export it again."


def test_a_frame_without_an_answer_says_so_and_the_others_do_not(
    qtbot: QtBot, panel: ReviewPanel, until: Until, tmp_path: Path
) -> None:
    stack = tmp_path / "stack.tif"
    pages = [Image.fromarray(np.full((48, 48), 40 * page, np.uint8)) for page in range(3)]
    pages[0].save(stack, save_all=True, append_images=pages[1:])
    panel.use_model(tmp_path / "model.fpt")
    show(panel, until, stack)
    until(lambda: panel.viewer.frames == 3)
    panel.show_event(answer(stack))
    qtbot.keyClick(panel.view, Qt.Key.Key_Down)
    until(lambda: panel.viewer.frame == 1)
    panel.show_event(PredictionFailed(str(stack), "It is cut off.", "Export it again.", 1))
    assert panel.message.isVisible()
    assert panel.message.text == "It is cut off. Export it again."
    qtbot.keyClick(panel.view, Qt.Key.Key_Up)
    until(lambda: panel.viewer.frame == 0)
    assert not panel.message.isVisible()
    until(lambda: bars(panel) == ["ill: 70.0%", "healthy: 30.0%"])


def test_a_file_without_an_image_is_told_in_place(
    panel: ReviewPanel, until: Until, tmp_path: Path
) -> None:
    (tmp_path / "broken.png").write_bytes(b"nothing")

    panel.open_path(tmp_path / "broken.png")

    until(panel.message.isVisible)
    assert "broken.png" in panel.message.text


def test_a_dead_worker_can_be_asked_again(
    panel: ReviewPanel,
    asked: list[PredictRequest],
    until: Until,
    image: Path,
    tmp_path: Path,
    qtbot: QtBot,
) -> None:
    panel.use_model(tmp_path / "model.fpt")
    show(panel, until, image)

    panel.show_worker_died()
    button = panel.message.findChild(object, "reviewMessageButton")
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)

    assert len(asked) == 2


def test_long_names_are_shortened_in_the_middle(
    panel: ReviewPanel, until: Until, tmp_path: Path
) -> None:
    path = write_image(tmp_path / f"{'left-' * 30}eye-{'right-' * 12}.png", 3)
    show(panel, until, path)

    name = panel.viewer.findChild(QLabel, "imageName")
    assert name is not None
    assert name.text().startswith("left")
    assert name.text().endswith(".png")
    assert "…" in name.text()
    assert name.toolTip() == str(path)
    assert panel.minimumSizeHint().width() < 900


def test_the_models_of_a_project_are_offered_and_the_choice_stays(
    panel: ReviewPanel, asked: list[PredictRequest], until: Until, image: Path, tmp_path: Path
) -> None:
    project: Project = make_project(tmp_path)
    models = []
    for number in range(2):
        run = project.add_run("fpt+", "vit_tiny_patch16_224", {})
        models.append(project.runs_dir / run / "model.fpt")
        models[number].parent.mkdir()
        models[number].write_bytes(b"")
        project.update_run(run, status="finished", model_path=models[number])
        panel.set_project(project)

    assert panel.models.count() == 2
    assert panel.model == models[0]
    show(panel, until, image)
    panel.set_project(project)
    assert len(asked) == 1, "nothing has changed, so nothing is asked again"


def test_the_models_own_threshold_is_drawn_and_said(
    panel: ReviewPanel, until: Until, image: Path, tmp_path: Path
) -> None:
    points = tuple(
        OperatingPoint("ill", rule, threshold, 0.9, 0.8, "validation images", 40, 30)
        for rule, threshold in (
            ("youden", 0.5),
            ("sensitivity=0.95", 0.4),
            ("specificity=0.95", 0.75),
        )
    )
    panel.use_model(model_file(tmp_path, operating_points=points))
    show(panel, until, image)
    panel.show_event(answer(image))
    meaning = panel.findChild(QLabel, "answerMeaning")
    assert meaning is not None
    assert "ill: above its threshold of 50%. Uncertain: between 40%" in meaning.text()
    assert "Not calibrated" in meaning.text()
