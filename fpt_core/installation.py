"""Whether the program itself is whole: its files against the manifest that it came with.

Only a bundle has a manifest; from source there is nothing to compare with. Sizes are
compared at every start, contents where nobody has done it yet since the files changed.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from fpt_core.errors import InstallationError
from fpt_core.files import write_atomically

MANIFEST = "manifest.json"
_NAMED = 3
_CHUNK_BYTES = 2**20


@dataclass(frozen=True, slots=True)
class Installation:
    """The folder of a bundle, with what ought to be in it."""

    folder: Path
    sizes: dict[str, int]
    """Bytes by path below the folder."""
    hashes: dict[str, str]
    """SHA-256 by path below the folder."""
    fingerprint: str
    """Of the manifest itself."""

    @classmethod
    def of_this_program(cls) -> Installation | None:
        """Where this program runs from; ``None`` from source, or where the system checks it.

        Raises:
            InstallationError: If the manifest cannot be read.
        """
        inner = getattr(sys, "_MEIPASS", None)
        if inner is None or sys.platform == "darwin":  # there the signature covers every file
            return None
        return cls.read(Path(inner) / MANIFEST, Path(sys.executable).parent)

    @classmethod
    def read(cls, manifest: Path, folder: Path) -> Installation:
        """The installation in ``folder``, as ``manifest`` describes it.

        Raises:
            InstallationError: If the manifest cannot be read.
        """
        try:
            content = manifest.read_bytes()
            files = json.loads(content)["files"]
            sizes = {path: int(size) for path, (size, _) in files.items()}
            hashes = {path: str(digest) for path, (_, digest) in files.items()}
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise _damaged([manifest.name]) from error
        return cls(folder, sizes, hashes, hashlib.sha256(content).hexdigest())

    def check_sizes(self) -> None:
        """Compare the sizes of all files; takes milliseconds.

        Raises:
            InstallationError: If files are missing or of another size; names the first of them.
        """
        wrong = [path for path, size in self.sizes.items() if self._state(path)[0] != size]
        if wrong:
            raise _damaged(wrong)

    def check_contents(self) -> None:
        """Compare the contents of all files; takes seconds.

        Raises:
            InstallationError: If files differ; names the first of them.
        """
        wrong = [path for path, digest in self.hashes.items() if self._digest(path) != digest]
        if wrong:
            raise _damaged(wrong)

    def check_contents_once(self) -> None:
        """Compare the contents unless that was done, and no file was written since.

        Raises:
            InstallationError: If files differ.
        """
        note, state = _notes() / self.fingerprint, self._fingerprint_of_states()
        if _read(note) == state:
            return
        self.check_contents()
        try:
            write_atomically(note, state)
        except OSError:
            return  # a home that cannot be written to: the next start compares again

    def _digest(self, path: str) -> str:
        digest = hashlib.sha256()
        try:
            with open(self.folder / path, "rb") as file:
                while chunk := file.read(_CHUNK_BYTES):
                    digest.update(chunk)
        except OSError:
            return ""
        return digest.hexdigest()

    def _state(self, path: str) -> tuple[int, int]:
        """Size and time of the last change; negative where there is no such file."""
        try:
            found = os.stat(self.folder / path)
        except OSError:
            return -1, -1
        return (found.st_size, found.st_mtime_ns) if stat.S_ISREG(found.st_mode) else (-1, -1)

    def _fingerprint_of_states(self) -> bytes:
        states = [str(self.folder), *(f"{path} {self._state(path)}" for path in self.sizes)]
        return hashlib.sha256("\n".join(states).encode()).hexdigest().encode()


def write_manifest(folder: Path, manifest: Path, version: str) -> int:
    """Write down every file below ``folder`` but the manifest; returns their bytes."""
    files = {}
    for path in _files(folder):
        if path != manifest:
            content = path.read_bytes()
            name = path.relative_to(folder).as_posix()
            files[name] = (len(content), hashlib.sha256(content).hexdigest())
    manifest.write_text(json.dumps({"version": version, "files": files}, indent=0))
    return sum(size for size, _ in files.values())


def _files(folder: Path) -> Iterator[Path]:
    """Regular files in the order of their names; links are as whole as what they lead to."""
    found = (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    yield from sorted(found)


def _notes() -> Path:
    return Path(platformdirs.user_state_dir("FPT Studio", appauthor=False)) / "verified"


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def _damaged(paths: Iterable[str]) -> InstallationError:
    names = list(paths)
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return InstallationError(
        f"The program is not whole. Missing or damaged: {', '.join(names[:_NAMED])}{more}.",
        "Install it again, or copy its whole folder again; projects and models are kept.",
    )
