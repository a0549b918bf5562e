"""Files in archives: a path may lead through a ZIP or a NumPy archive.

``/data/scans.zip/dir/IM0001`` is a file in a ZIP, ``/data/pathmnist.npz/train_images`` an
array of a NumPy archive. Each thread opens an archive once and keeps it open, since reading
the list of 50,000 files for each of them would take longer than reading the files.
"""

from __future__ import annotations

import os
import re
import threading
import zipfile
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from fpt_core.errors import ImageError
from fpt_core.images.refusal import unreadable

ARCHIVE_SUFFIXES = frozenset({".zip", ".npz"})
MAX_MEMBER_BYTES = 4 * 2**30
_MAX_RATIO = 250
_HARMLESS_BYTES = 64 * 2**20
"""Blank images of this size may be compressed by any ratio."""
_KEPT = 4
_ENCRYPTED = 0x1
_INTO_ARCHIVE = re.compile(rf"\.(?:zip|npz)(?={re.escape(os.sep)})", re.IGNORECASE)


class _Opened(threading.local):
    """This thread's open archives by path, time and size; one that is dropped closes by itself.

    Of each thread its own: zipfile counts the files that are open in an archive without a lock.
    """

    def __init__(self) -> None:
        self.archives: OrderedDict[tuple[Path, int, int], zipfile.ZipFile] = OrderedDict()


_opened_here = _Opened()


@dataclass(frozen=True, slots=True)
class Member:
    """A file in an archive."""

    path: Path
    """Through the archive."""
    size_bytes: int
    refusal: str = ""
    """Why it is not read, in words; empty where it can be."""


def is_archive(path: Path) -> bool:
    """Whether ``path`` is an archive itself, by its name."""
    return path.suffix.lower() in ARCHIVE_SUFFIXES and path.is_file()


def split(path: Path) -> tuple[Path, str] | None:
    """The archive that ``path`` leads through, and the name in it; ``None`` for other paths."""
    text = os.fspath(path)
    for found in _INTO_ARCHIVE.finditer(text):
        if os.path.isfile(text[: found.end()]):
            return Path(text[: found.end()]), text[found.end() + 1 :].replace(os.sep, "/")
    return None


def leads_through(path: Path) -> bool:
    """Whether ``path`` leads through an archive."""
    return split(path) is not None


def container(path: Path) -> Path:
    """The file on disk that holds ``path``: the archive, or the path itself."""
    parts = split(path)
    return path if parts is None else parts[0]


def members(archive: Path) -> list[Member]:
    """All files in an archive, by name, with those that are refused.

    Raises:
        ImageError: If it is damaged.
    """
    is_npz = archive.suffix.lower() == ".npz"
    return [
        Member(
            # Not by ``/``: an absolute name would replace the archive's.
            Path(f"{archive}{os.sep}{name.removesuffix('.npy') if is_npz else name}"),
            info.file_size,
            _refusal(info, is_npz),
        )
        for name, info in sorted(_opened(archive).NameToInfo.items())
        if not info.is_dir()
    ]


def open_member(path: Path) -> BinaryIO:
    """A stream of the file that ``path`` leads to, for one pass from its beginning.

    Raises:
        ImageError: If there is none, or it is refused.
    """
    archive, name = _parts(path)
    is_npz = archive.suffix.lower() == ".npz"
    zipped = _opened(archive)
    info = zipped.NameToInfo.get(name) or (is_npz and zipped.NameToInfo.get(f"{name}.npy"))
    if not info or info.is_dir():
        raise _absent(zipped, archive, name)
    if reason := _refusal(info, is_npz):
        raise ImageError(f"{path.name} in {archive.name} is not read: {reason}", "Unpack it first.")
    try:
        return zipped.open(info)  # type: ignore[return-value]
    except NotImplementedError as error:
        raise ImageError(
            f"{path.name} in {archive.name} is compressed in a way that cannot be read here.",
            "Unpack the archive and import the folder.",
        ) from error
    except Exception as error:
        raise unreadable(path.name, error) from error


def has_member(path: Path) -> bool:
    """Whether the archive that ``path`` leads through has such a file."""
    try:
        archive, name = _parts(path)
        names = _opened(archive).NameToInfo
    except ImageError:
        return False
    return name in names or (archive.suffix.lower() == ".npz" and f"{name}.npy" in names)


def _parts(path: Path) -> tuple[Path, str]:
    parts = split(path)
    if parts is None:
        raise ImageError(
            f"There is no file {path.name} in {path.parent}.", "Check whether it was moved."
        )
    return parts


def _absent(zipped: zipfile.ZipFile, archive: Path, name: str) -> ImageError:
    inner = [str(parent) for parent in PurePosixPath(name).parents]
    if any(parent in zipped.NameToInfo for parent in inner):
        return ImageError(
            f"{name} lies in an archive within {archive.name}.", "Unpack the outer archive first."
        )
    return ImageError(
        f"There is no file {name} in {archive.name}.", "Check whether the archive was changed."
    )


def _refusal(info: zipfile.ZipInfo, is_npz: bool) -> str:
    """Why a file in an archive is not read; empty where it can be."""
    name = PurePosixPath(info.orig_filename.replace("\\", "/"))
    if name.is_absolute() or ".." in name.parts or ":" in info.orig_filename[:2]:
        return "Its name leads out of the archive."
    if info.flag_bits & _ENCRYPTED:
        return "It is encrypted."
    if name.suffix.lower() in ARCHIVE_SUFFIXES:
        return "It is an archive within an archive."
    if info.file_size > max(_HARMLESS_BYTES, _MAX_RATIO * info.compress_size):
        return (
            f"It would unpack to {info.file_size / max(info.compress_size, 1):.0f} times its size, "
            "as archives made to fill a disk do."
        )
    if info.file_size > MAX_MEMBER_BYTES and not is_npz:
        return f"It is larger than the {MAX_MEMBER_BYTES // 2**30} GB that are read."
    return ""


def _opened(archive: Path) -> zipfile.ZipFile:
    try:
        status = os.stat(archive)
        key = (archive, status.st_mtime_ns, status.st_size)
        archives = _opened_here.archives
        if key not in archives:
            archives[key] = zipfile.ZipFile(archive)
            while len(archives) > _KEPT:
                archives.popitem(last=False)
        archives.move_to_end(key)
        return archives[key]
    except FileNotFoundError as error:
        raise ImageError(
            f"There is no file {archive.name} in {archive.parent}.", "Check whether it was moved."
        ) from error
    except Exception as error:
        raise unreadable(archive.name, error) from error
