from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QObject
from PySide6.QtGui import QPixmap
from pytestqt.qtbot import QtBot

from app.widgets import thumbnail_source
from app.widgets.thumbnail_source import ThumbnailSource
from fpt_core.dataset.records import ImageRecord
from fpt_core.errors import FptError
from tests.app.samples import make_project

SIZE_PX = 32


@pytest.fixture
def source(qtbot: QtBot) -> Iterator[ThumbnailSource]:
    owner = QObject()
    source = ThumbnailSource(SIZE_PX, owner)
    yield source
    source.close()


@pytest.fixture
def images(tmp_path: Path) -> list[ImageRecord]:
    return make_project(tmp_path).images()


def test_what_is_wanted_is_read(
    qtbot: QtBot, source: ThumbnailSource, images: list[ImageRecord]
) -> None:
    source.want(images)
    qtbot.waitUntil(lambda: all(source.picture(image) is not None for image in images))

    picture = source.picture(images[0])
    assert isinstance(picture, QPixmap)
    assert max(picture.width(), picture.height()) == SIZE_PX


def test_what_scrolled_away_before_it_was_begun_is_not_read(
    qtbot: QtBot, source: ThumbnailSource, images: list[ImageRecord]
) -> None:
    source.want(images)
    source.want(images[-1:])
    qtbot.waitUntil(lambda: source.picture(images[-1]) is not None)
    qtbot.wait(50)

    begun_at_once = 2
    assert sum(source.picture(image) is not None for image in images) <= begun_at_once + 1


def test_an_image_that_is_gone_is_told_and_tried_again_when_asked(
    qtbot: QtBot, source: ThumbnailSource, images: list[ImageRecord]
) -> None:
    content = images[0].path.read_bytes()
    images[0].path.unlink()
    source.want(images[:1])
    qtbot.waitUntil(lambda: isinstance(source.picture(images[0]), FptError))

    images[0].path.write_bytes(content)
    source.retry()
    source.want(images[:1])

    qtbot.waitUntil(lambda: isinstance(source.picture(images[0]), QPixmap))


def test_memory_is_bounded_and_the_longest_unseen_goes_first(
    qtbot: QtBot,
    source: ThumbnailSource,
    images: list[ImageRecord],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(thumbnail_source, "_KEPT_BYTES", 2 * SIZE_PX * SIZE_PX * 4)
    for image in images[:3]:
        source.want([image])
        qtbot.waitUntil(lambda image=image: source.picture(image) is not None)

    kept = [source.picture(image) is not None for image in images[:3]]
    assert kept == [False, True, True]
