"""Real files of every transfer syntax: dropped on the window, shown, windowed and answered."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QLabel, QProgressBar, QWidget
from pytestqt.qtbot import QtBot

from app.main_window import MainWindow
from fpt_core.errors import ImageError
from fpt_core.images import read_pixels, read_tags
from tests.app.samples import drop
from tests.app.viewer.mouse import drag
from tests.images.dicom_files import dicom_file

Until = Callable[[Callable[[], bool]], None]

ONE_SLICE = (
    "MR_small.dcm",
    "MR_small_implicit.dcm",
    "MR_small_bigendian.dcm",
    "MR_small_RLE.dcm",
    "MR_small_jp2klossless.dcm",
    "MR_small_jpeg_ls_lossless.dcm",
)
OTHERS = (
    "image_dfl.dcm",
    "SC_rgb_jpeg_gdcm.dcm",
    "SC_rgb_jpeg.dcm",
    "JPGExtended.dcm",
    "JPEG2000.dcm",
    "JPEGLSNearLossless_16.dcm",
)
LOSSLESS = (
    "BigEndianExplicit",
    "DeflatedExplicit",
    "JPEG2000LosslessOnly",
    "JPEGLSLossless",
    "JPEGProcess14",
    "RLELossless",
)


def text(widget: QWidget, name: str) -> str:
    label = widget.findChild(QLabel, name)
    assert label is not None
    return label.text()


def show(window: MainWindow, until: Until, path: Path) -> QImage:
    """Drop a file on the window; the picture on screen."""
    drop(window, path)
    viewer = window.review_panel.viewer
    until(lambda: viewer.path == path and viewer.frames > 0)
    return viewer.view.grab().toImage()


def window_by_left_drag(window: MainWindow, path: Path) -> None:
    """Grey takes another window, which is said; colour has none."""
    viewer, view = window.review_panel.viewer, window.review_panel.view
    before = text(viewer, "windowText")
    plain = view.grab().toImage()
    drag(view, Qt.MouseButton.LeftButton, QPoint(30, 20))
    if read_pixels(path).is_colour:
        assert text(viewer, "windowText") == before == ""
    else:
        assert text(viewer, "windowText") != before
        assert view.grab().toImage() != plain


def syntaxes(paths: Iterable[Path]) -> set[str]:
    """Of the files that hold an image."""
    found = set()
    for path in paths:
        with contextlib.suppress(ImageError):
            tags = read_tags(path)
            if tags is not None and tags.num_frames:
                found.add(tags.transfer_syntax)
    return found - {""}


def test_every_syntax_of_pydicom_is_shown_windowed_and_answered(
    window: MainWindow, until: Until, trained: tuple[Path, Path], tmp_path: Path
) -> None:
    paths = [dicom_file(name) for name in (*ONE_SLICE, *OTHERS)]
    assert syntaxes(paths) == syntaxes(paths[0].parent.glob("*.dcm")), "none is left out"
    # The window keeps its own notes in a project; the model of this one serves other tests too.
    project = shutil.copytree(trained[0], tmp_path / trained[0].name)
    drop(window, project)
    panel = window.review_panel
    until(lambda: panel.model is not None)

    pictures = []
    for path in paths:
        pictures.append(show(window, until, path))
        until(lambda: text(panel, "answerHint") == "")
        assert panel.bars.findChildren(QProgressBar)
        assert not panel.message.isVisible(), path.name
        window_by_left_drag(window, path)
    slices = pictures[: len(ONE_SLICE)]
    assert all(picture == slices[0] for picture in slices)
    assert all(picture != slices[0] for picture in pictures[len(ONE_SLICE) :])


def test_every_shared_file_is_shown_or_refused_in_words(
    qtbot: QtBot, window: MainWindow, until: Until, shared_data: Path
) -> None:
    refused, pictures = [], {}
    panel = window.review_panel
    for path in sorted((shared_data / "dicom").glob("*.dcm")):
        drop(window, path)
        until(lambda path=path: panel.viewer.path in (path, None) and is_settled(window))
        if panel.message.isVisible():
            refused.append(path.name)
            assert path.name in panel.message.text
            continue
        pictures[path.name] = panel.view.grab().toImage()
        window_by_left_drag(window, path)
    assert refused == [
        "CTImage.dcm_JPEGProcess10_12TransferSyntax_1.2.840.10008.1.2.4.55.dcm",
        "CTImage.dcm_JPEGProcess6_8TransferSyntax_1.2.840.10008.1.2.4.53.dcm",
        "no-pixel-data.dcm",
    ]
    copies = [
        picture
        for name, picture in pictures.items()
        if name.startswith(tuple(f"CTImage.dcm_{syntax}" for syntax in LOSSLESS))
    ]
    assert len(copies) == 8
    assert all(picture == pictures["CTImage.dcm"] for picture in copies)


def is_settled(window: MainWindow) -> bool:
    """Whether the file that was dropped is on screen, or why not."""
    panel = window.review_panel
    return panel.viewer.frames > 0 or panel.message.isVisible()
