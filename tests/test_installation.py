from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from fpt_core import installation
from fpt_core.errors import InstallationError
from fpt_core.installation import MANIFEST, Installation, write_manifest


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A bundle of three files, with notes of earlier checks in a folder of the test's."""
    monkeypatch.setattr(installation, "_notes", lambda: tmp_path / "notes")
    folder = tmp_path / "FPT Studio"
    (folder / "_internal" / "torch").mkdir(parents=True)
    (folder / "FPT Studio").write_bytes(b"start")
    (folder / "_internal" / "torch" / "libtorch.so").write_bytes(b"x" * 1000)
    (folder / "_internal" / "qt.conf").write_bytes(b"")
    write_manifest(folder, folder / "_internal" / MANIFEST, "1.0")
    return folder


def _read(folder: Path) -> Installation:
    return Installation.read(folder / "_internal" / MANIFEST, folder)


def test_from_source_there_is_nothing_to_compare() -> None:
    assert Installation.of_this_program() is None


def test_a_bundle_finds_its_own_manifest(program: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "_MEIPASS", str(program / "_internal"), raising=False)
    monkeypatch.setattr(sys, "executable", str(program / "FPT Studio"))
    monkeypatch.setattr(sys, "platform", "linux")
    found = Installation.of_this_program()
    assert found is not None
    found.check_sizes()
    found.check_contents()


def test_a_folder_that_was_moved_is_whole(program: Path) -> None:
    moved = program.rename(program.with_name("Ünter Übung 病院"))
    _read(moved).check_sizes()
    _read(moved).check_contents()


def test_a_file_that_is_missing_or_cut_is_named(program: Path) -> None:
    library = program / "_internal" / "torch" / "libtorch.so"
    library.write_bytes(b"x" * 999)
    (program / "_internal" / "qt.conf").unlink()
    with pytest.raises(InstallationError) as caught:
        _read(program).check_sizes()
    assert "_internal/qt.conf, _internal/torch/libtorch.so" in caught.value.message
    assert "copy its whole folder again" in caught.value.remedy


def test_of_many_files_some_are_named(tmp_path: Path) -> None:
    for number in range(9):
        (tmp_path / f"{number}.so").write_bytes(b"x")
    write_manifest(tmp_path, tmp_path / MANIFEST, "1.0")
    for number in range(9):
        (tmp_path / f"{number}.so").unlink()
    with pytest.raises(InstallationError, match=r"0\.so, 1\.so, 2\.so and 6 more"):
        Installation.read(tmp_path / MANIFEST, tmp_path).check_sizes()


def test_a_damaged_file_of_the_same_size_is_found_by_its_content(program: Path) -> None:
    library = program / "_internal" / "torch" / "libtorch.so"
    library.write_bytes(b"y" + b"x" * 999)
    _read(program).check_sizes()
    with pytest.raises(InstallationError, match="torch/libtorch"):
        _read(program).check_contents()


def test_contents_are_compared_again_only_after_a_change(
    program: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared = []
    check = Installation.check_contents
    monkeypatch.setattr(
        Installation, "check_contents", lambda self: (compared.append(1), check(self))
    )
    _read(program).check_contents_once()
    _read(program).check_contents_once()
    assert len(compared) == 1

    library = program / "_internal" / "torch" / "libtorch.so"
    library.write_bytes(b"y" + b"x" * 999)
    os.utime(library, (1, 1))
    with pytest.raises(InstallationError):
        _read(program).check_contents_once()
    with pytest.raises(InstallationError):
        _read(program).check_contents_once()


def test_a_home_that_cannot_be_written_to_costs_time_only(
    program: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(installation, "_notes", lambda: program / "FPT Studio" / "no-folder")
    _read(program).check_contents_once()


@pytest.mark.parametrize("content", [None, b"", b"[]", b'{"files": {"a": 1}}', b"\xff"])
def test_a_manifest_that_is_none_is_named(content: bytes | None, program: Path) -> None:
    manifest = program / "_internal" / MANIFEST
    manifest.unlink() if content is None else manifest.write_bytes(content)
    with pytest.raises(InstallationError, match=MANIFEST):
        _read(program)


@pytest.mark.skipif(sys.platform == "win32", reason="links need a right there")
def test_links_are_left_to_what_they_lead_to(program: Path) -> None:
    (program / "fpt").symlink_to("FPT Studio")
    manifest = program / "_internal" / MANIFEST
    write_manifest(program, manifest, "1.0")
    assert sorted(json.loads(manifest.read_text())["files"]) == [
        "FPT Studio",
        "_internal/qt.conf",
        "_internal/torch/libtorch.so",
    ]
