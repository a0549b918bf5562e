"""What a source says of its files, and what the project knows of them already."""

from __future__ import annotations

import dataclasses
import os
import zipfile
from pathlib import Path

import pytest

from fpt_core.dataset.frames import FrameRule
from fpt_core.dataset.importers.listing import LabelledFile
from fpt_core.dataset.project import Project
from fpt_core.dataset.records import ImageFacts
from fpt_core.dataset.source_files import KnownFiles, SourceFile, Stamp, by_path
from tests.dataset.samples import new_image
from tests.pictures import write_image


def _said(frame: int | None = None, label: str = "a", **more: str) -> LabelledFile:
    return LabelledFile(Path("/data/1.tif"), label, frame=frame, **more)


def test_rows_of_one_file_come_together() -> None:
    (file,), skipped = by_path([_said(4), _said(2, "b")])
    assert skipped == []
    assert (file.said_of(4).class_name, file.said_of(2).class_name) == ("a", "b")
    assert set(file.frames(9, FrameRule("middle"))) == {2, 4}


def test_a_repeated_row_is_one() -> None:
    (file,), skipped = by_path([_said(), _said()])
    assert skipped == []
    assert list(file.frames(3, FrameRule())) == [0, 1, 2]


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ([_said(), _said(label="b")], "two labels, 'a' and 'b'"),
        ([_said(1), _said(1, "b")], "two labels, 'a' and 'b'"),
        ([_said(1), _said()], "some of its frames, and then the whole file"),
    ],
)
def test_a_file_of_which_two_things_are_said_is_left_out(
    rows: list[LabelledFile], reason: str
) -> None:
    files, (skipped,) = by_path(rows)
    assert files == []
    assert reason in skipped.reason


def test_a_slice_that_was_chosen_from_its_stack_is_taken_whole() -> None:
    slice_of_stack = SourceFile(Path("/data/1.tif"), _said(series="s"))
    assert list(slice_of_stack.frames(3, FrameRule("middle"))) == [0, 1, 2]


def test_a_file_in_an_archive_has_the_stamp_of_the_archive(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as packed:
        packed.writestr("b/1.png", b"content")
    status = (tmp_path / "a.zip").stat()
    stamp = Stamp.of(tmp_path / "a.zip" / "b" / "1.png")
    assert stamp == Stamp(status.st_mtime_ns, status.st_size)
    with pytest.raises(OSError, match="gone"):
        Stamp.of(tmp_path / "gone.png")


def _known(tmp_path: Path) -> tuple[KnownFiles, SourceFile]:
    path = write_image(tmp_path / "data" / "1.png", 1)
    status = path.stat()
    image = dataclasses.replace(
        new_image(path, "a1"),
        file_mtime_ns=status.st_mtime_ns,
        facts=ImageFacts(file_bytes=status.st_size, source_label="a"),
    )
    project = Project.create(tmp_path / "study")
    project.add([image], [], tmp_path / "data")
    return KnownFiles(project), SourceFile(path, LabelledFile(path, "a"))


def test_a_file_is_unchanged_while_time_and_length_are(tmp_path: Path) -> None:
    known, file = _known(tmp_path)
    unchanged = known.unchanged(file, Stamp.of(file.path), FrameRule())
    assert unchanged is not None
    assert list(unchanged) == [0]
    stamp = Stamp.of(file.path)
    longer = dataclasses.replace(stamp, size_bytes=stamp.size_bytes + 1)
    assert known.unchanged(file, longer, FrameRule()) is None
    os.utime(file.path, (5, 5))
    assert known.unchanged(file, Stamp.of(file.path), FrameRule()) is None


def test_a_file_that_is_gone_has_vanished(tmp_path: Path) -> None:
    known, file = _known(tmp_path)
    assert known.vanished(tmp_path / "data", set()) == []
    file.path.unlink()
    assert [image.record.path for image in known.vanished(tmp_path / "data", set())] == [file.path]
    assert known.vanished(tmp_path / "elsewhere", set()) == []
