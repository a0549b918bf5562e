from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QInputDialog, QMenu
from pytestqt.qtbot import QtBot

from app.dataset_panel.catalogue import Catalogue, ImageFilter
from app.dataset_panel.gallery import Gallery
from app.dataset_panel.gallery_model import describe
from tests.app.samples import make_records, when_asked


@pytest.fixture
def gallery(qtbot: QtBot) -> Iterator[Gallery]:
    gallery = Gallery()
    qtbot.addWidget(gallery)
    gallery.resize(700, 500)
    gallery.show()
    gallery.show_catalogue(Catalogue(make_records(18)))
    yield gallery
    gallery.close_readers()


def numbers(gallery: Gallery) -> list[int]:
    return [gallery.images.image(row).id - 1000 for row in range(gallery.images.rowCount())]


def select(gallery: Gallery, *rows: int) -> None:
    gallery.grid.setFocus()
    gallery.grid.select_rows(list(rows), rows[0])


def texts(menu: QMenu) -> list[str]:
    return [action.text().replace("&", "") for action in menu.actions() if action.text()]


def test_filters_act_together_and_are_cleared_together(qtbot: QtBot, gallery: Gallery) -> None:
    bar = gallery.filter_bar
    bar.classes.setCurrentText("ill")
    bar.splits.setCurrentText("Test")
    assert numbers(gallery) == [15, 16, 17]

    qtbot.keyClicks(bar.text, "016")
    qtbot.waitUntil(lambda: numbers(gallery) == [16])

    qtbot.mouseClick(bar.clear_button, Qt.MouseButton.LeftButton)
    assert numbers(gallery) == [0, *range(2, 18)]
    assert not bar.clear_button.isEnabled()


def test_excluded_images_and_orders(gallery: Gallery) -> None:
    gallery.filter_bar.shown.setCurrentText("Excluded")
    assert numbers(gallery) == [1]

    gallery.filter_bar.clear()
    gallery.filter_bar.order.setCurrentText("Largest first")
    assert numbers(gallery)[0] == 17


def test_images_behind_a_finding_are_grouped(gallery: Gallery) -> None:
    gallery.filter_bar.show_only(ImageFilter(groups=((1009, 1002), (1004,))), "Duplicates")

    assert numbers(gallery) == [9, 2, 4]
    assert [gallery.images.group(row) for row in range(3)] == [1, 1, 2]


def test_selection_and_place_stay_when_the_project_changes(gallery: Gallery) -> None:
    select(gallery, 4, 5)
    chosen = [image.id for image in gallery.selected_images()]
    gallery.grid.verticalScrollBar().setValue(90)

    gallery.show_catalogue(Catalogue(make_records(18)[2:]))

    assert [image.id for image in gallery.selected_images()] == chosen
    assert gallery.grid.verticalScrollBar().value() == 90


def test_delete_excludes_and_insert_takes_in_again(qtbot: QtBot, gallery: Gallery) -> None:
    gallery.filter_bar.shown.setCurrentText("All images")
    select(gallery, 0, 1, 2)

    with qtbot.waitSignal(gallery.exclude_wanted) as excluded:
        qtbot.keyClick(gallery.grid, Qt.Key.Key_Delete)
    with qtbot.waitSignal(gallery.include_wanted) as included:
        qtbot.keyClick(gallery.grid, Qt.Key.Key_Insert)

    assert excluded.args == [[1000, 1002]]
    assert included.args == [[1001]]


def test_p_shows_the_images_of_the_same_patient(qtbot: QtBot, gallery: Gallery) -> None:
    select(gallery, 0)

    qtbot.keyClick(gallery.grid, Qt.Key.Key_P)

    assert numbers(gallery) == [0, 1, 2], "those that are excluded, too"


def test_enter_and_double_click_open_an_image(qtbot: QtBot, gallery: Gallery) -> None:
    select(gallery, 3)
    with qtbot.waitSignal(gallery.image_chosen) as chosen:
        qtbot.keyClick(gallery.grid, Qt.Key.Key_Return)
    assert chosen.args[0].id == 1004

    where = gallery.grid.visualRect(gallery.images.index(1)).center()
    with qtbot.waitSignal(gallery.image_chosen) as chosen:
        qtbot.mouseClick(gallery.grid.viewport(), Qt.MouseButton.LeftButton, pos=where)
        qtbot.mouseDClick(gallery.grid.viewport(), Qt.MouseButton.LeftButton, pos=where)
    assert chosen.args[0].id == 1002


def test_l_labels_with_a_new_class(qtbot: QtBot, gallery: Gallery) -> None:
    select(gallery, 0, 1)

    def answer(dialog: QInputDialog) -> None:
        dialog.setTextValue(" unsure ")
        dialog.accept()

    when_asked(QInputDialog, answer)
    with qtbot.waitSignal(gallery.relabel_wanted) as wanted:
        qtbot.keyClick(gallery.grid, Qt.Key.Key_L)

    assert wanted.args == [[1000, 1002], "unsure"]


def test_the_menu_offers_what_can_be_done(qtbot: QtBot, gallery: Gallery) -> None:
    gallery.filter_bar.shown.setCurrentText("All images")
    select(gallery, 0, 1)

    menu = gallery.make_menu(gallery.selected_images())

    assert texts(menu) == [
        "Open in Review",
        "Label 2 images as",
        "Exclude",
        "Include again",
        "Show same patient",
    ]
    labels = menu.findChild(QMenu)
    assert labels is not None
    assert texts(labels) == ["healthy", "ill", "Label as…"]
    with qtbot.waitSignal(gallery.relabel_wanted) as wanted:
        labels.actions()[1].trigger()
    assert wanted.args == [[1000, 1001], "ill"]


def test_without_a_known_patient_none_can_be_shown(gallery: Gallery) -> None:
    gallery.show_catalogue(Catalogue(make_records(6, patients=False)))
    select(gallery, 0)

    menu = gallery.make_menu(gallery.selected_images())

    (same,) = [action for action in menu.actions() if "patient" in action.text()]
    assert not same.isEnabled()


def test_an_image_is_described_in_words() -> None:
    records = make_records(3)

    assert describe(records[1]) == (
        "Scan_001.png\nClass healthy\nTraining, fold 1\n11 x 10 px\nPatient 00000000\nExcluded"
    )
