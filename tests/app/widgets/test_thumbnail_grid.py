from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QIcon
from pytestqt.qtbot import QtBot

from app.widgets.thumbnail_grid import ThumbnailGrid
from tests.app.samples import make_project


@pytest.fixture
def grid(qtbot: QtBot) -> Iterator[ThumbnailGrid]:
    grid = ThumbnailGrid()
    qtbot.addWidget(grid)
    grid.resize(600, 400)
    grid.show()
    yield grid
    grid.images.close()


def colour(grid: ThumbnailGrid, row: int) -> int:
    """How opaque the middle of a thumbnail is."""
    icon = grid.images.data(grid.images.index(row), Qt.ItemDataRole.DecorationRole)
    assert isinstance(icon, QIcon)
    picture = icon.pixmap(100, 100).toImage()
    return picture.pixelColor(picture.rect().center()).alpha()


def test_thumbnails_are_read_when_they_are_shown(
    qtbot: QtBot, grid: ThumbnailGrid, tmp_path: Path
) -> None:
    images = make_project(tmp_path).images()

    grid.images.set_images(images)

    assert grid.images.rowCount() == 6
    qtbot.waitUntil(lambda: all(colour(grid, row) == 255 for row in range(6)))
    assert grid.images.data(grid.images.index(0)) == "healthy · train"


def test_an_image_that_has_moved_leaves_an_empty_place(
    qtbot: QtBot, grid: ThumbnailGrid, tmp_path: Path
) -> None:
    images = make_project(tmp_path).images()
    images[0].path.unlink()

    grid.images.set_images(images)

    qtbot.waitUntil(lambda: all(colour(grid, row) == 255 for row in range(1, 6)))
    assert colour(grid, 0) == 0


def test_enter_chooses_an_image(qtbot: QtBot, grid: ThumbnailGrid, tmp_path: Path) -> None:
    images = make_project(tmp_path).images()
    grid.images.set_images(images)
    grid.setCurrentIndex(grid.images.index(3))

    with qtbot.waitSignal(grid.image_chosen) as chosen:
        qtbot.keyClick(grid, Qt.Key.Key_Return)

    assert chosen.args == [images[3]]
