"""Every file of a source: below a folder and through archives, each folder's list read once."""

from __future__ import annotations

import os
import stat
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from fpt_core.dataset.importers.table import TABLE_SUFFIXES
from fpt_core.dataset.project import SUFFIX
from fpt_core.dataset.records import SkippedFile
from fpt_core.errors import DatasetError, ImageError
from fpt_core.events import Progress
from fpt_core.images import archive
from fpt_core.images.kind import DICOM_SUFFIXES, IMAGE_SUFFIXES, Kind, kind_of, volume_suffix
from fpt_core.images.source import head_of

_SYSTEM_NAMES = frozenset(
    {".ds_store", "thumbs.db", "ehthumbs.db", "desktop.ini", "__macosx", "@eadir", "lost+found"}
    | {".git", ".svn", ".ipynb_checkpoints", ".fseventsd", ".spotlight-v100", ".trashes"}
    | {"$recycle.bin", "system volume information"}
)
"""What systems and tools put beside people's files; nobody misses these."""
_IMAGE_KINDS = frozenset({"dicom", "raster", "volume", "array"})
_DATA_SUFFIXES = frozenset({".raw", ".zraw"})
_DATA_HEADERS = (".mhd", ".nhdr")
_STEP = 500


@dataclass(slots=True)
class Tree:
    """The files of a source, told apart by name, or by their first bytes where it says nothing."""

    root: Path
    """A folder, or an archive."""
    images: list[str] = field(default_factory=list)
    """Their places below the root, with ``/``, in order; some lead through archives."""
    dicom: set[str] = field(default_factory=set)
    """Those that are DICOM."""
    tables: list[str] = field(default_factory=list)
    skipped: list[SkippedFile] = field(default_factory=list)

    def path(self, place: str) -> Path:
        """Where a file is."""
        return self.root / place

    def text(self, place: str) -> str:
        """Where a file is, as text."""
        return os.path.join(self.root, place.replace("/", os.sep))


class _Kinds:
    """Tells kinds of files by their first bytes, and after ``most`` files by the last of these."""

    def __init__(self, most: int | None) -> None:
        self._most = most
        self._looked = 0
        self._last: Kind = "unknown"

    def of(self, path: Path, name: str) -> Kind:
        """The kind of a file whose name does not say it.

        Raises:
            ImageError: If it cannot be opened.
        """
        if self._most is None or self._looked < self._most:
            self._looked += 1
            self._last = kind_of(head_of(path), name)
        return self._last


def walk(
    root: Path, most_files: int | None = None, most_looks: int | None = None
) -> Generator[Progress, None, Tree]:
    """Find the files of a source.

    Args:
        root: A folder, or an archive.
        most_files: Where to end; ``None``: at the last file.
        most_looks: Into how many files without a telling name to look; the others are taken
            for what the last of these is. ``None``: into all.

    Raises:
        DatasetError: If the source itself cannot be opened.
    """
    tree, kinds = Tree(root), _Kinds(most_looks)
    try:
        files = _in_archive(tree, root, "") if archive.is_archive(root) else _in_folder(tree)
    except (ImageError, OSError) as error:
        raise DatasetError(
            f"{root} cannot be opened: {getattr(error, 'strerror', None) or error}",
            "Check its permissions, or choose another source.",
        ) from error
    raw_data = []
    for count, place in enumerate(files, start=1):
        suffix = os.path.splitext(place)[1].lower()
        if suffix in _DATA_SUFFIXES:
            raw_data.append(place)
        else:
            _sort_in(tree, kinds, place, suffix)
        if count % _STEP == 0:
            yield Progress("Looking for images", count, 0)
        if count == most_files:
            break
    _sort_in_raw_data(tree, raw_data)
    for found in (tree.images, tree.tables):
        found.sort()
    return tree


def _sort_in(tree: Tree, kinds: _Kinds, place: str, suffix: str) -> None:
    name = place.rpartition("/")[2]
    if name.upper() == "DICOMDIR":
        _skip(tree, place, "It is the index of a DICOM archive, not an image.")
    elif suffix in DICOM_SUFFIXES:
        tree.images.append(place)
        tree.dicom.add(place)
    elif suffix in IMAGE_SUFFIXES or volume_suffix(name):
        tree.images.append(place)
    elif suffix in TABLE_SUFFIXES:
        tree.tables.append(place)
    else:
        _sort_in_by_content(tree, kinds, place, name)


def _sort_in_by_content(tree: Tree, kinds: _Kinds, place: str, name: str) -> None:
    try:
        kind = kinds.of(tree.path(place), name)
    except ImageError as error:
        _skip(tree, place, str(error))
        return
    if kind in _IMAGE_KINDS:
        tree.images.append(place)
        if kind == "dicom":
            tree.dicom.add(place)
    else:
        archived = "It is an archive that is not looked into: import it by itself."
        _skip(tree, place, archived if kind == "archive" else "It is no image file.")


def _sort_in_raw_data(tree: Tree, places: list[str]) -> None:
    """A file with the values of a volume, whose header is another file, is part of that."""
    images = {*tree.images}
    for place in places:
        stem = place.rpartition(".")[0]
        if not any(f"{stem}{suffix}" in images for suffix in _DATA_HEADERS):
            _skip(tree, place, "It is no image file; a raw volume needs its .mhd or .nhdr header.")


def _in_folder(tree: Tree) -> Iterator[str]:
    """Places of all files below the root, through links too, but round no loop."""
    status = tree.root.stat()
    seen = {(status.st_dev, status.st_ino)}
    waiting = [""]
    while waiting:
        folder = waiting.pop()
        try:
            with os.scandir(tree.path(folder)) as entries:
                listed = sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            if not folder:
                raise DatasetError(
                    f"{tree.root} cannot be opened: {error.strerror or error}.",
                    "Check its permissions, or choose another source.",
                ) from error
            _skip(tree, folder, f"The folder cannot be opened: {error.strerror or error}.")
            continue
        deeper = []
        for entry in listed:
            place = f"{folder}/{entry.name}" if folder else entry.name
            kind = _kind(tree, entry, place, seen)
            if kind == "folder":
                deeper.append(place)
            elif kind == "archive":
                yield from _in_archive_below(tree, place)
            elif kind == "file":
                yield place
        waiting += reversed(deeper)


def _kind(tree: Tree, entry: os.DirEntry[str], place: str, seen: set[tuple[int, int]]) -> str:
    """``folder``, ``archive`` or ``file``; empty where the entry is left out."""
    if _is_system(entry.name):
        return ""
    if reason := _unusable_name(entry.name):
        _skip(tree, place, reason)
        return ""
    try:
        if entry.is_dir():
            return _folder_kind(tree, entry, place, seen)
        if entry.is_file():
            return "archive" if place.lower().endswith(".zip") else "file"
    except OSError as error:
        _skip(tree, place, f"It cannot be opened: {error.strerror or error}.")
        return ""
    is_link = entry.is_symlink()
    _skip(tree, place, "It is a link to nothing." if is_link else "It is no regular file.")
    return ""


def _folder_kind(
    tree: Tree, entry: os.DirEntry[str], place: str, seen: set[tuple[int, int]]
) -> str:
    if entry.name.lower().endswith(SUFFIX):
        _skip(tree, place, "It is a project, not a folder of images.")
        return ""
    status = entry.stat()
    identity = (status.st_dev, status.st_ino)
    if not stat.S_ISDIR(status.st_mode) or identity in seen:
        _skip(tree, place, "It is a link to a folder that is listed already.")
        return ""
    if any(identity):  # some file systems of Windows number nothing
        seen.add(identity)
    return "folder"


def _in_archive_below(tree: Tree, place: str) -> Iterator[str]:
    try:
        yield from _in_archive(tree, tree.path(place), f"{place}/")
    except ImageError as error:
        _skip(tree, place, str(error))


def _in_archive(tree: Tree, path: Path, start: str) -> Iterator[str]:
    """Places of all files in an archive; ``start`` is its own place."""
    return _usable_members(tree, archive.members(path), path, start)


def _usable_members(
    tree: Tree, members: list[archive.Member], path: Path, start: str
) -> Iterator[str]:
    for member in members:
        inside = member.path.is_relative_to(path)  # an absolute name leads out, and is refused
        name = member.path.relative_to(path).as_posix() if inside else member.path.name
        parts = name.split("/")
        if any(_is_system(part) for part in parts):
            continue
        reason = member.refusal or next(filter(None, map(_unusable_name, parts)), "")
        if reason:
            _skip(tree, f"{start}{name}", reason)
        else:
            yield f"{start}{name}"


def _is_system(name: str) -> bool:
    return name.lower() in _SYSTEM_NAMES or name.startswith(("._", "~$"))


def _unusable_name(name: str) -> str:
    if name.startswith("."):
        return "It is hidden: its name begins with a dot."
    if not _is_text(name):
        return "Its name is damaged: rename it."
    return ""


def _skip(tree: Tree, place: str, reason: str) -> None:
    path = tree.text(place)
    if not _is_text(path):
        path = os.fsencode(path).decode("utf-8", errors="replace")
    tree.skipped.append(SkippedFile(path, reason))


def _is_text(name: str) -> bool:
    """Whether a name has bytes that are no characters; these cannot be shown or stored."""
    return name.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in name)
