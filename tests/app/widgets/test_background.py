from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from app.widgets.background import BackgroundReader
from fpt_core.errors import ImageError


@pytest.fixture
def reader(qtbot: QtBot) -> Iterator[BackgroundReader]:
    owner = QObject()
    reader = BackgroundReader(2, owner)
    yield reader
    reader.close()


def test_work_is_done_elsewhere_and_told_here(qtbot: QtBot, reader: BackgroundReader) -> None:
    told_in: list[int] = []
    reader.done.connect(lambda *_: told_in.append(threading.get_ident()))

    with qtbot.waitSignal(reader.done) as done:
        reader.start("key", threading.get_ident)

    key, worked_in = done.args
    assert key == "key"
    assert worked_in != threading.get_ident()
    assert told_in == [threading.get_ident()]


@pytest.mark.parametrize("error", [ImageError("It is truncated."), MemoryError()])
def test_an_error_is_told_in_words(
    qtbot: QtBot, reader: BackgroundReader, error: BaseException
) -> None:
    def fail() -> None:
        raise error

    with qtbot.waitSignal(reader.done) as done:
        reader.start("key", fail)

    assert isinstance(done.args[1], ImageError)
    assert done.args[1].message
