from __future__ import annotations

import io
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
from PIL import Image

from fpt_core.errors import ImageError
from fpt_core.images import (
    archive,
    is_dicom,
    is_image_file,
    num_frames,
    read_image,
    read_pixels,
    read_tags,
    read_thumbnail,
)
from tests.images.dicom_files import COLOUR, dicom_file

_DEFLATED = zipfile.ZIP_DEFLATED


def _png(pixels: np.ndarray) -> bytes:
    content = io.BytesIO()
    Image.fromarray(pixels).save(content, "PNG")
    return content.getvalue()


@pytest.fixture
def scans(tmp_path: Path) -> Path:
    """A ZIP with a picture, a DICOM file without suffix, a volume and a text."""
    volume = tmp_path / "volume.nii.gz"
    sitk.WriteImage(sitk.GetImageFromArray(np.arange(24, dtype=np.int16).reshape(2, 3, 4)), volume)
    path = tmp_path / "Scans.ZIP"
    with zipfile.ZipFile(path, "w", _DEFLATED) as zipped:
        zipped.writestr("dir/", "")
        zipped.writestr("dir/Bild é.png", _png(COLOUR))
        zipped.writestr("dir/IM0001", dicom_file("CT_small.dcm").read_bytes())
        zipped.write(volume, volume.name)
        zipped.writestr("notes.txt", "none")
    return path


def test_files_in_a_zip_are_read_like_files_in_a_folder(scans: Path) -> None:
    assert np.array_equal(read_image(scans / "dir" / "Bild é.png"), COLOUR)
    assert np.array_equal(read_thumbnail(scans / "dir/Bild é.png", 8), COLOUR)
    plain = read_pixels(dicom_file("CT_small.dcm"))
    assert np.array_equal(read_pixels(scans / "dir/IM0001").values, plain.values)
    assert read_pixels(scans / "volume.nii.gz", 1).values[0, 0] == 12
    assert num_frames(scans / "volume.nii.gz", "sagittal") == 4
    tags = read_tags(scans / "dir/IM0001")
    assert tags is not None
    assert tags.modality == "CT"


def test_what_is_an_image_in_a_zip_is_told_by_name_or_content(scans: Path) -> None:
    assert is_image_file(scans / "dir/Bild é.png")
    assert is_image_file(scans / "dir/IM0001")
    assert is_dicom(scans / "dir/IM0001")
    assert not is_image_file(scans / "notes.txt")
    assert not is_image_file(scans / "dir")
    assert not is_image_file(scans / "absent.png")
    assert not is_image_file(scans)


def test_a_path_is_split_where_the_archive_is_a_file(scans: Path, tmp_path: Path) -> None:
    assert archive.split(scans / "dir/IM0001") == (scans, "dir/IM0001")
    assert archive.split(scans) is None
    folder = tmp_path / "unpacked.zip"
    folder.mkdir()
    Image.fromarray(COLOUR).save(folder / "a.png")
    assert archive.split(folder / "a.png") is None
    assert np.array_equal(read_image(folder / "a.png"), COLOUR)


def test_members_are_listed_with_sizes(scans: Path) -> None:
    members = archive.members(scans)
    assert [member.path for member in members] == [
        scans / name for name in ("dir/Bild é.png", "dir/IM0001", "notes.txt", "volume.nii.gz")
    ]
    assert members[2].size_bytes == 4
    assert not any(member.refusal for member in members)


def test_what_is_not_there_is_told(scans: Path, tmp_path: Path) -> None:
    with pytest.raises(ImageError, match=r"There is no file dir/IM0009 in Scans\.ZIP"):
        read_pixels(scans / "dir/IM0009")
    with pytest.raises(ImageError, match="no file dir in"):
        read_pixels(scans / "dir")
    with pytest.raises(ImageError, match=r"Scans\.ZIP is an archive, not an image"):
        read_pixels(scans)
    scans.unlink()
    with pytest.raises(ImageError, match="There is no file IM0001"):
        read_pixels(scans / "dir/IM0001")
    with pytest.raises(ImageError, match=r"There is no file absent\.zip"):
        archive.members(tmp_path / "absent.zip")


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("../a.png", "leads out of the archive"),
        ("dir/../../a.png", "leads out of the archive"),
        ("/etc/a.png", "leads out of the archive"),
        ("C:/a.png", "leads out of the archive"),
        ("inner.zip", "an archive within an archive"),
    ],
)
def test_names_that_lead_elsewhere_are_refused(name: str, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as zipped:
        zipped.writestr(name, _png(COLOUR))
        zipped.writestr("good.png", _png(COLOUR))
    refused = [member for member in archive.members(path) if member.refusal]
    assert len(refused) == 1
    assert reason in refused[0].refusal
    assert path in refused[0].path.parents
    with pytest.raises(ImageError, match=r"not read|no file"):
        archive.open_member(refused[0].path)
    assert np.array_equal(read_image(path / "good.png"), COLOUR)


def test_an_archive_within_an_archive_is_told(tmp_path: Path) -> None:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as zipped:
        zipped.writestr("a.png", _png(COLOUR))
    with zipfile.ZipFile(tmp_path / "outer.zip", "w") as zipped:
        zipped.writestr("inner.zip", inner.getvalue())
    with pytest.raises(ImageError, match=r"an archive within outer\.zip"):
        read_image(tmp_path / "outer.zip/inner.zip/a.png")


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w", _DEFLATED, compresslevel=9) as zipped:
        zipped.writestr("bomb.png", bytes(80 * 2**20))
        zipped.writestr("blank.png", bytes(2**20))
    blank, bomb = archive.members(tmp_path / "a.zip")
    assert blank.refusal == ""
    assert "times its size" in bomb.refusal
    with pytest.raises(ImageError, match="times its size"):
        read_image(bomb.path)


def test_an_encrypted_file_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as zipped:
        zipped.writestr("a.png", _png(COLOUR))
    content = bytearray(path.read_bytes())
    content[6] |= 1
    content[content.rindex(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)
    assert [member.refusal for member in archive.members(path)] == ["It is encrypted."]
    with pytest.raises(ImageError, match="It is encrypted"):
        read_image(path / "a.png")


def test_a_way_of_compression_that_is_unknown_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as zipped:
        zipped.writestr("a.png", _png(COLOUR))
    content = bytearray(path.read_bytes())
    content[8] = content[content.rindex(b"PK\x01\x02") + 10] = 9  # Deflate64
    path.write_bytes(content)
    with pytest.raises(ImageError, match="compressed in a way"):
        read_image(path / "a.png")


@pytest.mark.parametrize("keep", [0, 10, 100, -30])
def test_a_damaged_archive_is_told(keep: int, scans: Path) -> None:
    scans.write_bytes(scans.read_bytes()[:keep])
    for read in (archive.members, lambda path: read_image(path / "dir/IM0001")):
        with pytest.raises(ImageError, match=r"Scans\.ZIP is truncated or damaged"):
            read(scans)


def test_damaged_content_is_told(scans: Path) -> None:
    content = bytearray(scans.read_bytes())
    start = content.index(b"IM0001") + 200
    content[start : start + 50] = bytes(50)
    scans.write_bytes(content)
    with pytest.raises(ImageError, match="IM0001 is truncated or damaged"):
        read_image(scans / "dir/IM0001")


def test_an_archive_that_has_changed_is_opened_anew(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    for pixels in (COLOUR, 255 - COLOUR):
        with zipfile.ZipFile(path, "w") as zipped:
            zipped.writestr("a.png", _png(pixels))
            zipped.writestr("other", bytes(int(pixels[0, 0, 0])))
        assert np.array_equal(read_image(path / "a.png"), pixels)


def test_threads_do_not_disturb_each_other(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    pictures = [np.full((8, 9, 3), number, np.uint8) for number in range(200)]
    with zipfile.ZipFile(path, "w", _DEFLATED) as zipped:
        for number, picture in enumerate(pictures):
            zipped.writestr(f"{number}.png", _png(picture))
    with ThreadPoolExecutor(8) as pool:
        read = list(pool.map(lambda number: read_image(path / f"{number}.png"), range(200)))
    assert all(map(np.array_equal, read, pictures))


def test_an_archive_is_opened_once_for_all_its_files(
    scans: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = []

    class Counted(zipfile.ZipFile):
        def __init__(self, path: Path) -> None:
            opened.append(path)
            super().__init__(path)

    monkeypatch.setattr(archive.zipfile, "ZipFile", Counted)
    for _ in range(5):
        read_image(scans / "dir/IM0001")
        is_image_file(scans / "dir/Bild é.png")
    assert opened == [scans]
