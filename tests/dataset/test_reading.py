"""One file is read whole, told in words where it cannot be, and named by nobody."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import numpy as np
import pydicom
import pytest
from PIL import Image
from pydicom.data import get_testdata_file

from fpt_core.dataset.frames import FrameRule
from fpt_core.dataset.reading import Reading, ReadTask, read_images
from tests.pictures import write_image

_ALL = FrameRule()


def _read(task: ReadTask) -> Reading:
    return read_images([task])[0]


def test_a_picture_is_told_by_its_content(tmp_path: Path) -> None:
    path = write_image(tmp_path / "a.png", 1, size=50)
    copy = shutil.copy(path, tmp_path / "b.png")
    (frame,) = _read(ReadTask(path, (), _ALL)).frames
    assert frame.image_hash == hashlib.sha256(path.read_bytes()).hexdigest()
    assert (frame.width, frame.height) == (50, 50)
    assert (frame.facts.format, frame.facts.file_bytes) == ("PNG", path.stat().st_size)
    assert _read(ReadTask(Path(copy), (), _ALL)).frames == (frame,)


def test_a_large_file_is_hashed_whole(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (800, 800, 3), dtype=np.uint8)
    Image.fromarray(noise).save(tmp_path / "a.png")
    content = (tmp_path / "a.png").read_bytes()
    (frame,) = _read(ReadTask(tmp_path / "a.png", (), _ALL)).frames
    assert frame.image_hash == hashlib.sha256(content).hexdigest()
    assert frame.facts.file_bytes == len(content) > 2**20


@pytest.mark.parametrize("keep_rgb", [False, True])
def test_the_facts_of_a_jpeg_are_those_of_its_pixels(keep_rgb: bool, tmp_path: Path) -> None:
    picture = Image.open(write_image(tmp_path / "a.png", 1, size=128)).convert("RGB")
    picture.save(tmp_path / "a.jpg", quality=95, keep_rgb=keep_rgb)
    of_png, of_jpeg = (
        _read(ReadTask(tmp_path / name, (), _ALL)).frames[0].facts for name in ("a.png", "a.jpg")
    )
    assert of_jpeg.format == "JPEG"
    assert (of_jpeg.mean, of_jpeg.std) == pytest.approx((of_png.mean, of_png.std), abs=0.01)
    assert of_jpeg.colour == of_png.colour


def test_each_page_has_a_hash_of_its_own_which_its_copy_shares(tmp_path: Path) -> None:
    pages = [Image.new("L", (20, 20), level) for level in (0, 0, 200)]
    pages[0].save(tmp_path / "a.tif", save_all=True, append_images=pages[1:])
    shutil.copy(tmp_path / "a.tif", tmp_path / "b.tif")
    first = _read(ReadTask(tmp_path / "a.tif", (), _ALL)).frames
    assert len({frame.image_hash for frame in first}) == 3
    assert _read(ReadTask(tmp_path / "b.tif", (), _ALL)).frames == first
    named = _read(ReadTask(tmp_path / "a.tif", (2,), _ALL)).frames
    assert named == first[2:]


def test_a_frame_that_is_not_there_leaves_those_that_are(tmp_path: Path) -> None:
    pages = [Image.new("L", (20, 20), level) for level in (0, 200)]
    pages[0].save(tmp_path / "a.tif", save_all=True, append_images=pages[1:])
    reading = _read(ReadTask(tmp_path / "a.tif", (0, 7), _ALL))
    assert [frame.number for frame in reading.frames] == [0]
    assert "no frame 7" in reading.refusal


@pytest.mark.parametrize("content", [b"", b"nothing", b"\x89PNG\r\n\x1a\n" + bytes(40)])
def test_a_bad_file_is_refused_in_words(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "bad.png").write_bytes(content)
    reading = _read(ReadTask(tmp_path / "bad.png", (), _ALL))
    assert reading.frames == ()
    assert "bad.png" in reading.refusal


def test_a_file_that_is_gone_is_told(tmp_path: Path) -> None:
    assert "gone.png" in _read(ReadTask(tmp_path / "gone.png", (), _ALL)).refusal


def test_deep_values_are_shown_through_a_window(tmp_path: Path) -> None:
    ramp = np.linspace(1000, 3000, 100 * 300).reshape(100, 300).astype(np.uint16)
    Image.fromarray(ramp).save(tmp_path / "deep.png")
    (frame,) = _read(ReadTask(tmp_path / "deep.png", (), _ALL)).frames
    assert (frame.width, frame.height) == (300, 100)
    assert frame.facts.mean == pytest.approx(0.5, abs=0.05)
    assert frame.facts.std > 0.2


def test_identifiers_are_told_but_not_shown() -> None:
    path = Path(get_testdata_file("CT_small.dcm", download=False))
    reading = _read(ReadTask(path, (), _ALL))
    tags = pydicom.dcmread(path)
    assert reading.patient_id == str(tags.PatientID)
    assert {str(tags.PatientID), str(tags.PatientName)} <= set(reading.identifiers)
    assert str(tags.PatientID) not in repr(reading)
    assert str(tags.PatientName) not in repr(reading)
