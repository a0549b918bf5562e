"""Files by all that tables call them."""

from __future__ import annotations

from pathlib import Path

import pytest

from fpt_core.dataset.importers.lookup import FileIndex, NotFound

_ROOT = Path("/data/set")
_PLACES = [
    "a.png",
    "left/IM1.dcm",
    "right/IM1.dcm",
    "deep/er/Scan.nii.gz",
    "1.2.840.5",
    "Größe.png",
    "images/x.png",
    "tables/images/x.png",
]


def _find(written: str, *hints: str, beside: str = "") -> str | NotFound:
    return FileIndex(_ROOT, _PLACES).find(written, hints, beside)


@pytest.mark.parametrize(
    ("written", "place"),
    [
        ("a.png", "a.png"),
        ("./a.png", "a.png"),
        ("A.PNG", "a.png"),
        ("a", "a.png"),
        ("/data/set/a.png", "a.png"),
        ("/home/somebody/else/a.png", "a.png"),
        ("C:\\Users\\me\\set\\left\\IM1.dcm", "left/IM1.dcm"),
        ("left\\IM1.dcm", "left/IM1.dcm"),
        ("right/IM1", "right/IM1.dcm"),
        ("left/../right/IM1.dcm", "right/IM1.dcm"),
        ("Scan.nii.gz", "deep/er/Scan.nii.gz"),
        ("scan", "deep/er/Scan.nii.gz"),
        ("1.2.840.5", "1.2.840.5"),
        ("file:///data/set/a.png", "a.png"),
        ("file:///C:/old/Gr%C3%B6%C3%9Fe.png", "Größe.png"),
        ("Gro\u0308ße", "Größe.png"),
    ],
)
def test_files_are_found_by_path_and_by_name(written: str, place: str) -> None:
    assert _find(written) == place


def test_one_name_in_two_folders_is_ambiguous_unless_something_decides() -> None:
    found = _find("IM1")
    assert isinstance(found, NotFound)
    assert found.reason.startswith("2 images have this name, in different folders")
    assert _find("IM1", "p7", "Right") == "right/IM1.dcm"
    assert isinstance(_find("IM1", "left", "right"), NotFound)
    index = FileIndex(_ROOT, _PLACES)
    assert [index.find("IM1", [hint]) for hint in ("left", "right")] == [
        "left/IM1.dcm", "right/IM1.dcm",
    ]  # fmt: skip


@pytest.mark.parametrize("written", ["up/IM1.dcm", "/old/p2/er/scan.nii.gz", "p2/x.png"])
def test_a_file_of_that_name_in_another_folder_is_not_meant(written: str) -> None:
    found = _find(written)
    assert isinstance(found, NotFound)
    assert "only other folders" in found.reason


def test_relative_paths_may_start_from_the_table() -> None:
    assert _find("images/x.png", beside="tables") == "tables/images/x.png"
    assert _find("images/x.png") == "images/x.png"
    assert _find("left/IM1", beside="tables") == "left/IM1.dcm"
    assert _find("../a.png", beside="tables") == "a.png"


@pytest.mark.parametrize("written", ["b.png", "a.jpg", "x" * 5000, "a\0.png", "file://[x/y.png"])
def test_what_is_not_there_is_told(written: str) -> None:
    found = _find(written)
    assert isinstance(found, NotFound)
    assert "no such image" in found.reason


@pytest.mark.parametrize("written", ["../elsewhere/b.png", "/bin/sh", "left/../../b.png"])
def test_what_lies_outside_is_told_as_such(written: str) -> None:
    found = _find(written)
    assert isinstance(found, NotFound)
    assert "outside the chosen folder" in found.reason


@pytest.mark.parametrize("written", ["..", ".", "/", "\\"])
def test_what_names_no_file_is_told(written: str) -> None:
    found = _find(written)
    assert isinstance(found, NotFound)
    assert found.reason
