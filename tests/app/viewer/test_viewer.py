"""The viewer driven by its keys and buttons, on real files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import imagecodecs
import numpy as np
import pydicom
import pytest
from PIL import Image
from pydicom.data import get_testdata_file
from pydicom.encaps import encapsulate
from pydicom.uid import JPEG2000Lossless
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QLabel, QMessageBox, QTableWidget
from pytestqt.qtbot import QtBot

from app.viewer.keys import KEYS
from app.viewer.metadata_dialog import MetadataDialog
from app.viewer.viewer import Viewer
from fpt_core.images import Window
from tests.app.viewer.mouse import drag
from tests.images.dicom_files import write_dicom
from tests.pictures import write_image

Until = Callable[[Callable[[], bool]], None]


@pytest.fixture
def viewer(qtbot: QtBot) -> Iterator[Viewer]:
    viewer = Viewer()
    qtbot.addWidget(viewer)
    viewer.resize(700, 560)
    viewer.show()
    viewer.activateWindow()
    yield viewer
    viewer.close_readers()


@pytest.fixture
def ct(qtbot: QtBot, viewer: Viewer) -> Viewer:
    source = get_testdata_file("CT_small.dcm")
    assert source is not None
    with qtbot.waitSignal(viewer.shown):
        viewer.open(Path(source))
    return viewer


@pytest.fixture
def stack(qtbot: QtBot, viewer: Viewer, tmp_path: Path) -> Viewer:
    path = tmp_path / "stack.tif"
    pages = [Image.fromarray(np.full((48, 64), 10 * page, np.uint8)) for page in range(12)]
    pages[0].save(path, save_all=True, append_images=pages[1:])
    with qtbot.waitSignal(viewer.shown):
        viewer.open(path)
    return viewer


def text(viewer: Viewer, name: str) -> str:
    label = viewer.findChild(QLabel, name)
    assert label is not None
    return label.text()


def test_number_keys_choose_windows_of_ct_in_its_unit(qtbot: QtBot, ct: Viewer) -> None:
    qtbot.keyClick(ct.view, Qt.Key.Key_1)
    nearly_all = ct.view.window_level
    qtbot.keyClick(ct.view, Qt.Key.Key_3)

    assert ct.view.window_level == Window(-600, 1500) != nearly_all
    assert text(ct, "windowText") == "Window 1500 · level -600 HU"


def test_turn_and_flip_move_the_picture_and_back(qtbot: QtBot, ct: Viewer) -> None:
    plain = ct.view.grab().toImage()
    qtbot.keyClick(ct.view, Qt.Key.Key_T)
    turned = ct.view.grab().toImage()
    assert turned != plain
    for _ in range(3):
        qtbot.keyClick(ct.view, Qt.Key.Key_T)
    assert ct.view.grab().toImage() == plain
    qtbot.keyClick(ct.view, Qt.Key.Key_X)
    assert ct.view.grab().toImage() != plain
    qtbot.keyClick(ct.view, Qt.Key.Key_Y)
    qtbot.keyClick(ct.view, Qt.Key.Key_T)
    qtbot.keyClick(ct.view, Qt.Key.Key_T)
    assert ct.view.grab().toImage() == plain, "mirrored in both directions is turned by half"


def test_a_turned_image_is_mirrored_as_it_stands_on_screen(
    qtbot: QtBot, viewer: Viewer, tmp_path: Path
) -> None:
    corner = np.zeros((64, 64, 3), np.uint8)
    corner[:16, :16] = 255
    Image.fromarray(corner).save(tmp_path / "corner.png")
    with qtbot.waitSignal(viewer.shown):
        viewer.open(tmp_path / "corner.png")

    def bright() -> tuple[bool, bool]:
        picture = viewer.view.grab().toImage()
        middle = viewer.view.viewport().rect().center()
        across, down = viewer.view.transform().m11() * np.array([24, 24])
        for right in (False, True):
            for below in (False, True):
                at = middle + QPoint(
                    int(across if right else -across), int(down if below else -down)
                )
                if picture.pixelColor(at).value() > 200:
                    return right, below
        raise AssertionError("the bright corner is not on screen")

    assert bright() == (False, False)
    qtbot.keyClick(viewer.view, Qt.Key.Key_T)
    assert bright() == (True, False)
    qtbot.keyClick(viewer.view, Qt.Key.Key_X)
    assert bright() == (False, False)
    qtbot.keyClick(viewer.view, Qt.Key.Key_Y)
    assert bright() == (False, True)


def test_actual_size_and_fit(qtbot: QtBot, ct: Viewer) -> None:
    fitted = ct.view.transform().m11()
    qtbot.keyClick(ct.view, Qt.Key.Key_Z)
    assert ct.view.transform().m11() == pytest.approx(1.0)
    qtbot.keyClick(ct.view, Qt.Key.Key_F)
    assert ct.view.transform().m11() == pytest.approx(fitted)


def test_frames_by_keys_slider_and_cine(qtbot: QtBot, stack: Viewer, until: Until) -> None:
    qtbot.keyClick(stack.view, Qt.Key.Key_End)
    until(lambda: text(stack, "frameText") == "Frame 12 of 12")
    qtbot.keyClick(stack.view, Qt.Key.Key_PageUp)
    until(lambda: text(stack, "frameText") == "Frame 2 of 12")
    stack.cine.slider.setValue(6)
    until(lambda: text(stack, "frameText") == "Frame 7 of 12")

    stack.cine.speed.setValue(60)
    qtbot.keyClick(stack.view, Qt.Key.Key_Space)
    assert stack.cine.play.text() == "Stop"
    until(lambda: text(stack, "frameText") == "Frame 2 of 12")
    qtbot.keyClick(stack.view, Qt.Key.Key_Space)
    assert stack.cine.play.text() == "Play"


@pytest.fixture
def damaged(tmp_path: Path) -> Path:
    """A file of three frames whose second is cut off."""
    frames = [np.full((64, 64), 60 * number, np.uint8) for number in range(3)]
    packed = [imagecodecs.jpeg2k_encode(frame, level=0) for frame in frames]
    packed[1] = packed[1][:20]
    path = write_dicom(tmp_path / "damaged.dcm", frames[0], NumberOfFrames=3)
    dataset = pydicom.dcmread(path)
    dataset.PixelData = encapsulate(packed)
    dataset["PixelData"].VR = "OB"
    dataset["PixelData"].is_undefined_length = True
    dataset.file_meta.TransferSyntaxUID = JPEG2000Lossless
    dataset.save_as(path)
    return path


@pytest.mark.parametrize("first", [0, 1])
def test_a_damaged_frame_says_so_and_the_others_are_shown(
    first: int, qtbot: QtBot, viewer: Viewer, until: Until, damaged: Path
) -> None:
    failed: list[object] = []
    viewer.failed.connect(lambda path, error: failed.append(error))
    viewer.open(damaged, first)
    until(lambda: viewer.frames == 3)
    if first == 0:
        assert viewer.view.grab().toImage().pixelColor(viewer.view.rect().center()).value() < 60
        qtbot.keyClick(viewer.view, Qt.Key.Key_Down)
    until(lambda: text(viewer, "frameText") == "Frame 2 of 3")
    words = viewer.findChild(QLabel, "frameUnreadable")
    assert words is not None
    assert words.isVisible()
    assert words.text().startswith("Frame 2 cannot be shown.\n")
    assert "damaged.dcm" in words.text()
    assert viewer.view.scene().itemsBoundingRect().isEmpty(), "nor does another stand there"

    qtbot.keyClick(viewer.view, Qt.Key.Key_Down)
    until(lambda: text(viewer, "frameText") == "Frame 3 of 3")
    assert not words.isVisible()
    assert not viewer.view.scene().itemsBoundingRect().isEmpty()
    assert failed == []


def test_a_single_image_has_no_frames_to_play(ct: Viewer) -> None:
    assert not ct.cine.isVisible()


def test_shift_drag_measures_and_escape_takes_it_away(qtbot: QtBot, ct: Viewer) -> None:
    view = ct.view
    before = view.window_level
    start, end = view.mapFromScene(20.0, 20.0), view.mapFromScene(60.0, 20.0)
    middle = view.viewport().rect().center()
    drag(
        view,
        Qt.MouseButton.LeftButton,
        end - middle,
        start=start - middle,
        modifiers=Qt.KeyboardModifier.ShiftModifier,
    )

    assert view.ruler.text.endswith(" mm")
    assert float(view.ruler.text.removesuffix(" mm")) == pytest.approx(40 * 0.661468, rel=0.03)
    assert view.window_level == before
    qtbot.keyClick(view, Qt.Key.Key_Escape)
    assert view.ruler.text == ""


def test_metadata_hides_who_it_is_until_asked(qtbot: QtBot, ct: Viewer, until: Until) -> None:
    qtbot.keyClick(ct.view, Qt.Key.Key_M)
    dialog = ct.findChild(MetadataDialog)
    assert dialog is not None
    table = dialog.findChild(QTableWidget)
    assert table is not None
    until(lambda: table.rowCount() > 5)

    def names() -> set[str]:
        return {table.item(row, 0).text() for row in range(table.rowCount())}

    assert "Modality" in names()
    assert not names() & {"Patient's Name", "Patient ID", "Study Date", "Institution Name"}
    dialog.identifying.setChecked(True)
    assert {"Patient's Name", "Patient ID"} <= names()
    dialog.search.setText("patient's name")
    assert names() == {"Patient's Name"}
    dialog.close()


def test_the_list_of_keys_names_every_key(qtbot: QtBot, ct: Viewer) -> None:
    qtbot.keyClick(ct.view, "?")
    box = ct.findChild(QMessageBox, "keyHelp")
    assert box is not None
    for spec in KEYS:
        assert spec.text in box.text()
    assert box.height() < 600, "as high as a small screen, it could not be closed"
    box.close()


def test_every_key_has_its_handler(viewer: Viewer) -> None:
    for spec in KEYS:
        assert callable(getattr(viewer, spec.handler))
    assert len({spec.key for spec in KEYS}) == len(KEYS)


def test_a_new_image_takes_window_direction_and_ruler_back(
    qtbot: QtBot, ct: Viewer, tmp_path: Path
) -> None:
    qtbot.keyClick(ct.view, Qt.Key.Key_T)
    qtbot.keyClick(ct.view, Qt.Key.Key_3)
    with qtbot.waitSignal(ct.shown):
        ct.open(write_image(tmp_path / "next.png", 1))

    assert ct.view.placement.quarter_turns == 0
    assert text(ct, "windowText") == ""


def test_another_view_can_show_the_same_place(qtbot: QtBot, ct: Viewer, until: Until) -> None:
    other = Viewer()
    qtbot.addWidget(other)
    other.resize(ct.size())
    other.show()
    assert ct.path is not None
    with qtbot.waitSignal(other.shown):
        other.open(ct.path)
    ct.view.placed.connect(other.view.place_like)
    ct.activateWindow()
    until(ct.isActiveWindow)

    qtbot.keyClick(ct.view, Qt.Key.Key_T)
    qtbot.keyClick(ct.view, Qt.Key.Key_Z)

    assert other.view.placement.scale == pytest.approx(ct.view.placement.scale)
    assert ct.view.placement.quarter_turns == 1
    assert other.view.placement.quarter_turns == 1
    assert other.view.placement.centre == pytest.approx(ct.view.placement.centre, abs=0.02)
    other.close_readers()
