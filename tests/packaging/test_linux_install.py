"""The installer for Linux, with a stand-in for the program: a script that says its version."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

RECIPES = Path(__file__).parents[2] / "packaging" / "linux"
_PROGRAM = '#!/bin/sh\n[ -f "$(dirname "$(readlink -f "$0")")/_internal/lib.so" ] || exit 1\n'

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="for Linux")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home whose name has blanks and letters beyond ASCII."""
    folder = tmp_path / "Änna Müller 病院"
    folder.mkdir()
    return folder


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    folder = tmp_path / "dist" / "FPT Studio"
    (folder / "_internal").mkdir(parents=True)
    (folder / "_internal" / "lib.so").write_bytes(os.urandom(300_000))
    (folder / "FPT Studio").write_text(f'{_PROGRAM}echo "fpt 1.0 $@"\n')
    (folder / "FPT Studio").chmod(0o755)
    (folder / "fpt").symlink_to("FPT Studio")
    return folder


@pytest.fixture
def parts(bundle: Path, tmp_path: Path) -> Path:
    """What lies on a USB stick."""
    _run(RECIPES / "package.sh", "parts", bundle, tmp_path / "out", PART_BYTES="100000")
    (made,) = (tmp_path / "out").iterdir()
    assert len(list(made.glob("payload.tar.xz.part-*"))) == 4
    return made


def _run(*command: object, status: int = 0, **environment: str) -> str:
    """What a script says."""
    done = subprocess.run(
        [str(part) for part in command],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHON": sys.executable, "XZ_LEVEL": "0", **environment},
        check=False,
    )
    assert done.returncode == status, done.stderr
    return done.stdout + done.stderr


def _install(folder: Path, home: Path, status: int = 0) -> str:
    return _run(folder / "install.sh", HOME=str(home), status=status)


def test_it_is_installed_started_and_removed(parts: Path, home: Path) -> None:
    _install(parts, home)
    started = home / ".local" / "bin" / "fpt-studio"
    assert _run(started, "--open", "a b.dcm") == "fpt 1.0 --open a b.dcm\n"
    entry = (home / ".local/share/applications/fpt-studio.desktop").read_text()
    assert f'Exec="{home}/.local/opt/fpt-studio/FPT Studio" %F' in entry
    assert (home / ".local/share/mime/packages/fpt-studio.xml").is_file()
    assert (home / ".local/share/icons/hicolor/128x128/apps/fpt-studio.png").is_file()

    models = home / ".local/share/FPT Studio/models"
    models.mkdir(parents=True)
    _run(home / ".local/opt/fpt-studio/uninstall.sh", HOME=str(home), XDG_DATA_HOME="")
    assert models.is_dir()
    left = [path for path in (home / ".local").rglob("*fpt-studio*") if "cache" not in path.name]
    assert left == []


def test_an_archive_brings_the_program_whole(bundle: Path, home: Path, tmp_path: Path) -> None:
    _run(RECIPES / "package.sh", "tar", bundle, tmp_path / "out")
    (archive,) = (tmp_path / "out").glob("*.tar.xz")
    assert archive.with_name(f"{archive.name}.sha256").is_file()
    _run("tar", "-xf", archive, "-C", tmp_path)
    _install(tmp_path / archive.name.removesuffix(".tar.xz"), home)
    assert _run(home / ".local" / "bin" / "fpt").startswith("fpt 1.0")


def test_the_same_bundle_gives_the_same_archive(bundle: Path, tmp_path: Path) -> None:
    made = []
    for folder in ("one", "two"):
        _run(RECIPES / "package.sh", "tar", bundle, tmp_path / folder)
        made += [path.read_bytes() for path in (tmp_path / folder).glob("*.tar.xz")]
    assert made[0] == made[1]


@pytest.mark.parametrize("how", ["cut", "gone"])
def test_a_part_that_is_damaged_is_named_and_the_old_version_stays(
    how: str, parts: Path, home: Path
) -> None:
    _install(parts, home)
    part = parts / "payload.tar.xz.part-002"
    part.unlink() if how == "gone" else part.write_bytes(part.read_bytes()[:-1])
    said = _install(parts, home, status=1)
    assert "payload.tar.xz.part-002" in said
    assert "A part is missing or damaged" in said
    assert _run(home / ".local" / "bin" / "fpt").startswith("fpt 1.0")
    assert not list(home.glob(".local/opt/*.new"))


def test_without_space_nothing_is_changed(parts: Path, home: Path) -> None:
    (parts / "size").write_text("9000000000000000")
    assert "are needed in" in _install(parts, home, status=1)
    assert not list(home.glob(".local/opt/*"))


def test_a_copy_that_is_not_whole_does_not_replace_the_old_one(
    parts: Path, bundle: Path, home: Path
) -> None:
    _install(parts, home)
    for path in parts.glob("payload*"):
        path.unlink()
    shutil.copytree(bundle, parts / "FPT Studio", symlinks=True)
    (parts / "FPT Studio" / "_internal" / "lib.so").unlink()
    assert "not whole" in _install(parts, home, status=1)
    assert _run(home / ".local" / "bin" / "fpt").startswith("fpt 1.0")


def test_an_upgrade_leaves_nothing_of_the_old_version(parts: Path, home: Path) -> None:
    _install(parts, home)
    stale = home / ".local/opt/fpt-studio/_internal/of-the-old-version.so"
    stale.write_bytes(b"")
    _install(parts, home)
    assert not stale.exists()
    assert sorted(path.name for path in (home / ".local/opt").iterdir()) == ["fpt-studio"]


def test_what_a_person_put_beside_the_program_stays(parts: Path, home: Path) -> None:
    _install(parts, home)
    place = home / ".local/opt/fpt-studio"
    study = place / "study.fptproject" / "project.sqlite"
    study.parent.mkdir()
    study.write_text("images")
    _install(parts, home)
    assert study.read_text() == "images"
    assert "Other files" in _run(place / "uninstall.sh", HOME=str(home), XDG_DATA_HOME="")
    assert [path.name for path in place.iterdir()] == ["study.fptproject"]
    assert study.read_text() == "images"


def test_a_folder_named_from_here_is_found_from_everywhere(
    parts: Path, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    _run(parts / "install.sh", "--prefix", "other place", HOME=str(home))
    monkeypatch.chdir("/")
    assert _run(tmp_path / "other place/bin/fpt").startswith("fpt 1.0")


def test_an_option_that_is_none_changes_nothing(parts: Path, home: Path) -> None:
    assert "--perfix is not known" in _run(
        parts / "install.sh", "--perfix", "x", HOME=str(home), status=2
    )
    assert not (home / ".local").exists()
