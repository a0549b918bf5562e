"""All files of a source, each with its place or its reason."""

from __future__ import annotations

import os
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from fpt_core.dataset.importers import tree as tree_module
from fpt_core.dataset.importers.tree import Tree, walk
from fpt_core.errors import DatasetError
from fpt_core.events import Progress
from tests.pictures import write_image
from tests.sources import finished, write_dicom


def _walk(root: Path) -> Tree:
    return finished(walk(root))[1]


def _reasons(tree: Tree) -> dict[str, str]:
    return {Path(file.path).relative_to(tree.root).as_posix(): file.reason for file in tree.skipped}


def test_files_are_sorted_by_kind(tmp_path: Path) -> None:
    write_image(tmp_path / "b" / "x.PNG", 1)
    write_dicom(tmp_path / "a" / "IM0001")
    write_dicom(tmp_path / "a" / "2.dcm")
    (tmp_path / "b" / "photo").write_bytes((tmp_path / "b" / "x.PNG").read_bytes())
    (tmp_path / "labels.csv").write_text("file,label\n", encoding="utf-8")
    (tmp_path / "notes.md").write_text("hello", encoding="utf-8")
    (tmp_path / "DICOMDIR").write_bytes(b"")
    np.savez(tmp_path / "arrays.npz", x=np.zeros(3))
    tree = _walk(tmp_path)
    assert tree.images == ["a/2.dcm", "a/IM0001", "b/photo", "b/x.PNG"]
    assert tree.dicom == {"a/2.dcm", "a/IM0001"}
    assert tree.tables == ["labels.csv"]
    assert _reasons(tree) == {
        "notes.md": "It is no image file.",
        "arrays.npz": "It is an archive that is not looked into: import it by itself.",
        "DICOMDIR": "It is the index of a DICOM archive, not an image.",
    }


def test_system_files_are_passed_over_and_hidden_ones_told(tmp_path: Path) -> None:
    for name in (".DS_Store", "Thumbs.db", "._a.png", "__MACOSX/a/._b.png", "~$labels.xlsx"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    write_image(tmp_path / ".hidden.png", 1)
    write_image(tmp_path / ".cache" / "d.png", 2)
    write_image(tmp_path / "seen.png", 3)
    tree = _walk(tmp_path)
    assert tree.images == ["seen.png"]
    assert _reasons(tree).keys() == {".hidden.png", ".cache"}
    assert all("hidden" in reason for reason in _reasons(tree).values())


def test_a_volume_of_two_files_is_one_image(tmp_path: Path) -> None:
    for name in ("scan.mhd", "scan.raw", "other.raw"):
        (tmp_path / name).write_bytes(b"x")
    tree = _walk(tmp_path)
    assert tree.images == ["scan.mhd"]
    assert _reasons(tree).keys() == {"other.raw"}


def test_a_project_is_no_folder_of_images(tmp_path: Path) -> None:
    write_image(tmp_path / "study.fptproject" / "a.png", 1)
    write_image(tmp_path / "b.png", 2)
    tree = _walk(tmp_path)
    assert tree.images == ["b.png"]
    assert _reasons(tree) == {"study.fptproject": "It is a project, not a folder of images."}


@pytest.mark.skipif(sys.platform == "win32", reason="links need a right that few users have")
def test_links_are_followed_but_round_no_loop(tmp_path: Path) -> None:
    root = tmp_path / "root"
    write_image(root / "a" / "x.png", 1)
    write_image(tmp_path / "elsewhere" / "y.png", 2)
    (root / "a" / "loop").symlink_to(root)
    (root / "b").symlink_to(tmp_path / "elsewhere")
    (root / "broken.png").symlink_to(tmp_path / "nothing")
    (root / "self").symlink_to(root / "self")
    os.mkfifo(root / "pipe")
    tree = _walk(root)
    assert tree.images == ["a/x.png", "b/y.png"]
    assert _reasons(tree) == {
        "a/loop": "It is a link to a folder that is listed already.",
        "broken.png": "It is a link to nothing.",
        "self": _reasons(tree)["self"],
        "pipe": "It is no regular file.",
    }


@pytest.mark.skipif(sys.platform != "linux", reason="other systems take no such names")
def test_names_in_any_script_are_kept_and_damaged_ones_told(tmp_path: Path) -> None:
    names = ["лёгкое.png", "肺 1.png", "رئة.png", "a\nb'\".png"]
    for number, name in enumerate(names):
        write_image(tmp_path / name, number)
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff\xfe.png")).write_bytes(b"x")
    tree = _walk(tmp_path)
    assert {*tree.images} == {*names}
    ((path, reason),) = _reasons(tree).items()
    assert "damaged" in reason
    assert path.encode("utf-8")


def test_folders_that_cannot_be_opened_or_vanish_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("closed", "gone", "open"):
        write_image(tmp_path / name / "x.png", 1)
    errors = {
        "closed": PermissionError(13, "Permission denied"),
        "gone": FileNotFoundError(2, "No"),
    }
    scandir = os.scandir

    def scan(path: Path) -> object:
        if (error := errors.get(Path(path).name)) is not None:
            raise error
        return scandir(path)

    monkeypatch.setattr(tree_module.os, "scandir", scan)
    tree = _walk(tmp_path)
    assert tree.images == ["open/x.png"]
    assert _reasons(tree).keys() == {"closed", "gone"}
    assert "Permission denied" in _reasons(tree)["closed"]


def test_a_source_that_cannot_be_opened_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def scan(path: Path) -> object:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(tree_module.os, "scandir", scan)
    with pytest.raises(DatasetError, match="cannot be opened: Permission denied"):
        _walk(tmp_path)


def test_files_that_vanish_while_they_are_looked_at_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "IM1").write_bytes(b"x")
    write_image(tmp_path / "a.png", 1)
    head_of = tree_module.head_of

    def vanishing(path: Path) -> bytes:
        path.unlink()
        return head_of(path)

    monkeypatch.setattr(tree_module, "head_of", vanishing)
    tree = _walk(tmp_path)
    assert tree.images == ["a.png"]
    assert "no file IM1" in _reasons(tree)["IM1"]


def _zip(path: Path, names: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in names.items():
            archive.writestr(name, content)
    return path


def test_archives_are_looked_through_and_bad_members_told(tmp_path: Path) -> None:
    picture = write_image(tmp_path / "x.png", 1).read_bytes()
    dicom = write_dicom(tmp_path / "y").read_bytes()
    inner = _zip(tmp_path / "inner.zip", {"z.png": picture}).read_bytes()
    names = {
        "a/x.png": picture,
        "a/IM1": dicom,
        "../up.png": picture,
        "/abs.png": picture,
        "inner.zip": inner,
        "bomb.png": b"\0" * 80_000_000,
        "__MACOSX/a/._x.png": b"x",
        "a/.hidden.png": picture,
        "notes.md": b"hello",
    }
    path = _zip(tmp_path / "s" / "scans.zip", names) if (tmp_path / "s").mkdir() is None else None
    assert path is not None
    tree = _walk(path)
    assert tree.images == ["a/IM1", "a/x.png"]
    assert tree.dicom == {"a/IM1"}
    told = sorted(file.reason for file in tree.skipped)
    assert len(told) == 6
    for part in ("leads out", "archive within", "times its size", "hidden", "no image file"):
        assert any(part in reason for reason in told)
    assert _walk(path.parent).images == ["scans.zip/a/IM1", "scans.zip/a/x.png"]


def test_an_encrypted_member_and_a_damaged_archive_are_told(tmp_path: Path) -> None:
    path = _zip(tmp_path / "locked.zip", {"a.png": b"x"})
    content = bytearray(path.read_bytes())
    for signature, flag in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(signature) + flag] |= 1
    path.write_bytes(content)
    (tmp_path / "broken.zip").write_bytes(b"PK\x03\x04 nothing")
    tree = _walk(tmp_path)
    assert tree.images == []
    assert "encrypted" in _reasons(tree)["locked.zip/a.png"]
    assert "broken.zip" in _reasons(tree)["broken.zip"]
    with pytest.raises(DatasetError, match="cannot be opened"):
        _walk(tmp_path / "broken.zip")


def test_a_long_search_tells_how_far_it_is_and_can_be_ended(tmp_path: Path) -> None:
    for number in range(1100):
        (tmp_path / f"{number}.png").write_bytes(b"")
    events, tree = finished(walk(tmp_path))
    assert [event.done for event in events if isinstance(event, Progress)] == [500, 1000]
    assert len(tree.images) == 1100
    assert len(finished(walk(tmp_path, most_files=10))[1].images) == 10


def test_only_so_many_files_are_looked_into(tmp_path: Path) -> None:
    dicom = write_dicom(tmp_path / "IM0").read_bytes()
    for number in range(1, 6):
        (tmp_path / f"IM{number}").write_bytes(dicom if number < 3 else b"")
    assert finished(walk(tmp_path, most_looks=2))[1].dicom == {f"IM{n}" for n in range(6)}
    assert finished(walk(tmp_path))[1].dicom == {"IM0", "IM1", "IM2"}
