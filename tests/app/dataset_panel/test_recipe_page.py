from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from app.dataset_panel.recipe_page import RecipePage
from fpt_core.config import CT_WINDOWS, PixelRecipe, WindowChoice
from fpt_core.dataset.records import ImageRecord
from tests.app.samples import make_project


@pytest.fixture
def page(qtbot: QtBot) -> Iterator[RecipePage]:
    page = RecipePage()
    qtbot.addWidget(page)
    page.resize(430, 560)
    page.show()
    yield page
    page.close_readers()


@pytest.fixture
def image(tmp_path: Path) -> ImageRecord:
    """A grey image of 16 bits with the values 0 to 4095."""
    record = make_project(tmp_path).images()[0]
    values = np.tile(np.arange(4096, dtype=np.uint16), (64, 1))
    Image.fromarray(values).save(record.path)
    return record


def test_a_new_project_shows_images_as_their_files_ask(page: RecipePage) -> None:
    assert page.recipe == PixelRecipe()
    assert not page.save.isEnabled()
    assert not page.single.isVisible()


def test_what_is_set_is_saved_and_said_to_need_preparation(qtbot: QtBot, page: RecipePage) -> None:
    page.mode.setCurrentText("One window")
    page.single.kind.setCurrentText("Given")
    page.single.center.setValue(30)
    page.single.width.setValue(100)
    page.axis.setCurrentText("Coronal")
    page.crop.setChecked(True)

    with qtbot.waitSignal(page.recipe_wanted) as wanted:
        qtbot.mouseClick(page.save, Qt.MouseButton.LeftButton)

    expected = PixelRecipe((WindowChoice(30, 100),), "coronal", True)
    assert wanted.args == [expected]
    page.show_recipe(expected)
    assert not page.save.isEnabled()


def test_three_windows_are_three_channels(page: RecipePage) -> None:
    page.mode.setCurrentText("Three, as red, green, blue")
    page.channels[0].kind.setCurrentText("Brain")

    assert page.recipe == PixelRecipe(
        (CT_WINDOWS["brain"], CT_WINDOWS["soft-tissue"], CT_WINDOWS["bone"])
    )


def test_a_window_of_the_files_needs_its_name(page: RecipePage) -> None:
    page.mode.setCurrentText("One window")
    page.single.kind.setCurrentText("Named by the files")
    assert page.recipe is None
    assert not page.save.isEnabled()

    page.single.name.setText(" BONE ")

    assert page.recipe == PixelRecipe((WindowChoice(name="BONE"),))


@pytest.mark.parametrize(
    "recipe",
    [
        PixelRecipe(),
        PixelRecipe((CT_WINDOWS["lung"],), "sagittal"),
        PixelRecipe((WindowChoice(1, 2), WindowChoice(name="A"), CT_WINDOWS["bone"])),
        PixelRecipe((), "axial", fundus_crop=True, fundus_contrast=True),
    ],
)
def test_a_saved_recipe_is_shown_as_it_is(page: RecipePage, recipe: PixelRecipe) -> None:
    page.show_recipe(recipe)

    assert page.recipe == recipe


def test_what_is_not_saved_stays_until_it_is_reverted(qtbot: QtBot, page: RecipePage) -> None:
    page.crop.setChecked(True)
    page.show_recipe(PixelRecipe())  # the project was read again for another reason
    assert page.crop.isChecked()

    qtbot.mouseClick(page.revert, Qt.MouseButton.LeftButton)

    assert page.recipe == PixelRecipe()


def test_an_image_is_shown_before_and_after(
    qtbot: QtBot, page: RecipePage, image: ImageRecord
) -> None:
    page.set_image(image)
    qtbot.waitUntil(lambda: not page.preview.after.image.isNull(), timeout=20_000)
    assert page.preview.before.image == page.preview.after.image

    page.mode.setCurrentText("One window")
    page.single.set_window(WindowChoice(100, 50))
    page.single.changed.emit()
    qtbot.waitUntil(lambda: page.preview.before.image != page.preview.after.image, timeout=20_000)

    picture = page.preview.after.image
    assert picture.pixelColor(picture.width() - 1, 5).lightness() == 255


def test_an_image_that_cannot_be_read_is_said(
    qtbot: QtBot, page: RecipePage, image: ImageRecord
) -> None:
    image.path.write_bytes(b"nothing")

    page.set_image(image)

    qtbot.waitUntil(lambda: bool(page.preview.objection), timeout=20_000)
    assert page.preview.after.image.isNull()
