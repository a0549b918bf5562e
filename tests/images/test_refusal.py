from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pydicom
import pytest
import SimpleITK as sitk
from PIL import Image
from pydicom.data import get_testdata_file
from pydicom.encaps import encapsulate, get_frame

from fpt_core.errors import ImageError
from fpt_core.images import read_image, read_pixels, read_thumbnail
from fpt_core.images.refusal import unreadable

READERS = (read_image, lambda path: read_thumbnail(path, 16))


@pytest.mark.parametrize("read", READERS)
def test_a_folder_is_told(read: object, tmp_path: Path) -> None:
    (tmp_path / "scans.png").mkdir()
    assert callable(read)
    with pytest.raises(ImageError, match=r"scans\.png is a folder"):
        read(tmp_path / "scans.png")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
@pytest.mark.parametrize("read", READERS)
def test_a_pipe_is_not_waited_for(read: object, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    assert callable(read)
    with pytest.raises(ImageError, match=r"no file pipe\.png"):
        read(tmp_path / "pipe.png")


@pytest.mark.parametrize("read", READERS)
def test_a_decompression_bomb_is_told(read: object, tmp_path: Path) -> None:
    Image.new("1", (19_000, 10_000)).save(tmp_path / "bomb.png")
    assert callable(read)
    with pytest.raises(ImageError, match=r"bomb\.png claims .* more than the 150 million"):
        read(tmp_path / "bomb.png")


def test_a_volume_that_cannot_fit_is_refused_by_its_header(tmp_path: Path) -> None:
    (tmp_path / "bomb.mha").write_text(
        "ObjectType = Image\nNDims = 3\nDimSize = 9000 9000 9000\n"
        "ElementType = MET_UCHAR\nElementDataFile = LOCAL\n",
        encoding="ascii",
    )
    with pytest.raises(ImageError, match="claims 9000 x 9000 x 9000 voxels"):
        read_pixels(tmp_path / "bomb.mha")


def test_colour_volumes_are_refused(tmp_path: Path) -> None:
    colour = sitk.GetImageFromArray(np.zeros((20, 30, 3), np.uint8), isVector=True)
    sitk.WriteImage(colour, str(tmp_path / "a.mha"))
    with pytest.raises(ImageError, match="3 values per voxel"):
        read_pixels(tmp_path / "a.mha")


def test_permission_and_memory_have_words_of_their_own() -> None:
    path = "a.png"
    assert "No permission" in unreadable(path, PermissionError()).message
    assert "more memory" in unreadable(path, MemoryError()).message
    assert "damaged" in unreadable(path, ValueError()).message


def test_damaged_rle_ends_no_process_and_writes_no_trace(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Runs beyond the frame's end: the compiled decoder panics on them."""
    found = get_testdata_file("MR_small_RLE.dcm", download=False)
    assert isinstance(found, str)
    dataset = pydicom.dcmread(found)
    frame = get_frame(dataset.PixelData, 0, number_of_frames=1)
    header = frame[:64]
    dataset.PixelData = encapsulate([header + b"\x81" * (len(frame) - len(header))])
    dataset.save_as(tmp_path / "damaged.dcm")
    try:
        assert read_image(tmp_path / "damaged.dcm").shape == (64, 64, 3)
    except ImageError as error:
        assert "damaged.dcm" in error.message
    assert capfd.readouterr().err == ""
