"""A series read like one file of several frames."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fpt_core.errors import ImageError
from fpt_core.images import is_image_file, num_frames, read_pixels, read_tags, read_thumbnail
from fpt_core.images.kind import STACK_BEGINNING
from fpt_core.images.metadata import read_metadata
from fpt_core.images.stack import slices_of, source_of, write_stack
from tests.pictures import write_image
from tests.sources import write_dicom


@pytest.fixture
def slices(tmp_path: Path) -> list[Path]:
    return [
        write_dicom(tmp_path / f"IM{n}", PatientID=f"P{n}", RescaleIntercept=-1000 + n)
        for n in range(3)
    ]


@pytest.fixture
def stack(tmp_path: Path, slices: list[Path]) -> Path:
    write_stack(tmp_path / "lists" / "head, 3 slices", slices)
    return tmp_path / "lists" / "head, 3 slices"


def test_each_frame_is_a_slice_in_its_own_units(stack: Path, slices: list[Path]) -> None:
    assert is_image_file(stack)
    assert num_frames(stack) == 3
    for frame, path in enumerate(slices):
        read, alone = read_pixels(stack, frame), read_pixels(path)
        np.testing.assert_array_equal(read.values, alone.values)
        assert (read.frames, read.unit, read.window) == (3, "HU", alone.window)
        assert source_of(stack, frame) == (path, 0)
    assert read_thumbnail(stack, 32, frame=1).shape == (32, 32, 3)
    with pytest.raises(ImageError, match="there is no slice 3"):
        read_pixels(stack, 3)


def test_its_header_is_the_first_slices(stack: Path) -> None:
    tags = read_tags(stack)
    assert tags is not None
    assert tags.patient_id == "P0"
    assert "Modality" in {attribute.name for attribute in read_metadata(stack)}


def test_other_files_are_no_stacks(tmp_path: Path) -> None:
    picture = write_image(tmp_path / "a.png", 1)
    assert slices_of(picture) == slices_of(tmp_path / "absent") == ()
    assert source_of(picture, 2) == (picture, 2)


def test_a_slice_that_has_gone_is_told_and_the_others_are_read(
    stack: Path, slices: list[Path]
) -> None:
    slices[1].unlink()
    assert read_pixels(stack, 2).frames == 3
    with pytest.raises(ImageError, match="no file IM1"):
        read_pixels(stack, 1)


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b"[1]"])
def test_a_damaged_list_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "stack"
    path.write_bytes(STACK_BEGINNING + content)
    with pytest.raises(ImageError, match="damaged list"):
        num_frames(path)
    assert slices_of(path) == ()


def test_a_list_of_itself_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "stack"
    write_stack(path, [path])
    with pytest.raises(ImageError, match="damaged list"):
        read_pixels(path)
