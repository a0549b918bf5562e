from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from pydicom.data import get_testdata_file
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from app.viewer.frame_loader import FrameLoader
from app.viewer.picture_levels import PictureLevels

FRAMES = 500


@pytest.fixture
def loader(qtbot: QtBot) -> Iterator[FrameLoader]:
    owner = QObject()
    loader = FrameLoader(owner)
    yield loader
    loader.close()


@pytest.fixture(scope="module")
def long_stack(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A DICOM file of 500 frames, each of one value."""
    source = get_testdata_file("CT_small.dcm")
    assert source is not None
    dataset = pydicom.dcmread(source)
    frames = np.arange(FRAMES, dtype=np.int16)[:, None, None] * np.ones((1, 128, 128), np.int16)
    dataset.NumberOfFrames = FRAMES
    dataset.PixelData = frames.tobytes()
    dataset.RescaleIntercept = 0
    path = tmp_path_factory.mktemp("stack") / "stack.dcm"
    dataset.save_as(path)
    return path


def test_the_first_frame_comes_then_the_one_that_is_wanted(
    qtbot: QtBot, loader: FrameLoader, long_stack: Path
) -> None:
    with qtbot.waitSignal(loader.loaded) as first:
        loader.open(long_stack)
    assert first.args[:2] == [long_stack, 0]

    with qtbot.waitSignal(loader.loaded) as later:
        loader.want(321)
    assert later.args[1] == 321
    assert (later.args[2].pixels.values == 321).all()


def test_of_many_frames_asked_for_at_once_only_the_last_is_delivered(
    qtbot: QtBot, loader: FrameLoader, long_stack: Path
) -> None:
    with qtbot.waitSignal(loader.loaded):
        loader.open(long_stack)
    delivered: list[int] = []
    loader.loaded.connect(lambda path, frame, picture: delivered.append(frame))

    for frame in range(10, 400):
        loader.want(frame)

    qtbot.waitUntil(lambda: 399 in delivered)
    assert delivered[-1] == 399
    assert len(delivered) < 10


def test_memory_stays_bounded(
    qtbot: QtBot, loader: FrameLoader, long_stack: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.viewer.frame_loader._KEPT_BYTES", 10 * 128 * 128 * 4)
    with qtbot.waitSignal(loader.loaded):
        loader.open(long_stack)
    for frame in range(1, 60):
        with qtbot.waitSignal(loader.loaded):
            loader.want(frame)

    assert len(loader._kept) <= 12


def test_a_file_that_cannot_be_read_is_told_once(
    qtbot: QtBot, loader: FrameLoader, tmp_path: Path
) -> None:
    (tmp_path / "broken.dcm").write_bytes(b"nothing")
    told: list[Any] = []
    loader.failed.connect(lambda path, frame, unreadable: told.append(unreadable))

    with qtbot.waitSignal(loader.failed):
        loader.open(tmp_path / "broken.dcm")

    assert "broken.dcm" in str(told[0].error)
    assert told[0].frames == 1
    assert len(told) == 1


def test_a_file_that_was_left_is_not_delivered(
    qtbot: QtBot, loader: FrameLoader, long_stack: Path
) -> None:
    delivered: list[PictureLevels] = []
    loader.loaded.connect(lambda path, frame, picture: delivered.append(picture))

    loader.open(long_stack)
    loader.forget()
    qtbot.wait(200)

    assert delivered == []
