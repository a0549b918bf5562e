"""Find the file that a table means: by path, by name, with or without extension, in any folder."""

from __future__ import annotations

import os
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from fpt_core.images.kind import IMAGE_SUFFIXES, volume_suffix


@dataclass(frozen=True, slots=True)
class NotFound:
    """No file, and why."""

    reason: str


class FileIndex:
    """The images of a source, to be found by what tables call them.

    Args:
        root: Where the source lies.
        places: Every image's path below it, with ``/``.
    """

    def __init__(self, root: Path, places: Iterable[str]) -> None:
        self._root = root.absolute().as_posix()
        self._places: dict[str, str] = {}
        self._found: dict[tuple[str, str], str] = {}
        self._by_name: dict[str, list[str]] = defaultdict(list)
        for place in places:
            self._places[place] = place
            name = _key(place.rpartition("/")[2])
            self._by_name[name].append(place)
            if (stem := _without_suffix(name)) != name:
                self._by_name[stem].append(place)

    def find(self, written: str, hints: Collection[str] = (), beside: str = "") -> str | NotFound:
        """The place of the file that ``written`` names.

        Args:
            written: A path or name as tables have it.
            hints: Other values of the row; one of them may name the folder where several
                files have one name.
            beside: Folder below the root that relative paths may start from as well: the
                table's.
        """
        key = (beside, written)
        if key not in self._found:
            found, depends_on_hints = self._search(written, hints, beside)
            if depends_on_hints or isinstance(found, NotFound):
                return found
            self._found[key] = found
        return self._found[key]

    def _search(
        self, written: str, hints: Collection[str], beside: str
    ) -> tuple[str | NotFound, bool]:
        """The place, and whether only the hints told it."""
        name = _plain(written)
        if written in self._places and not beside:
            return written, False
        for start in dict.fromkeys((beside, "")):
            place = _normal(f"{start}/{name}" if start else name)
            if place in self._places:
                return place, False
        if name.startswith(f"{self._root}/"):
            name = name[len(self._root) + 1 :]
        parts = [_key(part) for part in _normal(name).split("/") if part not in ("", "..")]
        if not parts:
            return NotFound("The row names no file."), False
        return self._among(self._by_name.get(parts[-1], []), parts[:-1], written, hints)

    def _among(
        self, candidates: list[str], folders: list[str], written: str, hints: Collection[str]
    ) -> tuple[str | NotFound, bool]:
        """The one candidate whose folders agree best with the written ones, or with a hint."""
        if not candidates:
            return self._absent(written), False
        # Another patient's folder may hold a file of the same name: folders must not disagree.
        shared = {
            place: count
            for place in candidates
            if (count := _shared_folders(_folders(place), folders)) is not None
        }
        if not shared:
            return NotFound(
                "The table names it, but only other folders have a file so named."
            ), False
        best = [place for place in shared if shared[place] == max(shared.values())]
        if len(best) == 1:
            return best[0], False
        words = {_key(hint) for hint in hints}
        hinted = [place for place in best if words.intersection(_folders(place))]
        if len(hinted) == 1:
            return hinted[0], True
        return (
            NotFound(
                f"{len(best)} images have this name, in different folders: write the folder into "
                "the table."
            ),
            True,
        )

    def _absent(self, written: str) -> NotFound:
        name = _plain(written)
        if _is_outside(name, self._root):
            return NotFound("The table names it, but it lies outside the chosen folder.")
        return NotFound("The table names it, but there is no such image in the chosen folder.")


def _plain(written: str) -> str:
    """A path with ``/`` from a file address or from Windows."""
    if written[:7].lower() == "file://":
        try:
            written = unquote(urlsplit(written).path)
        except ValueError:  # an address that is none
            written = written[7:]
        if written[2:3] == ":":  # /C:/images
            written = written[1:]
    return written.replace("\\", "/")


def _normal(path: str) -> str:
    """The path without ``.`` and with ``..`` taken back where it can be."""
    parts: list[str] = []
    for part in path.split("/"):
        if part == ".." and parts and parts[-1] not in ("", ".."):
            parts.pop()
        elif part != ".":
            parts.append(part)
    return "/".join(parts)


def _is_outside(name: str, root: str) -> bool:
    normal = _normal(name)
    if normal.startswith("../") or normal == "..":
        return True
    return normal.startswith("/") and not normal.startswith(f"{root}/") and _exists(normal)


def _exists(path: str) -> bool:
    try:
        return Path(path).exists()
    except (OSError, ValueError):  # longer than a name can be, or with a zero byte
        return False


def _folders(place: str) -> list[str]:
    return [_key(part) for part in place.split("/")[:-1]]


def _shared_folders(one: list[str], other: list[str]) -> int | None:
    """How many folders agree from the file upwards; ``None`` if some disagree before one ends."""
    length = min(len(one), len(other))
    return length if one[len(one) - length :] == other[len(other) - length :] else None


def _without_suffix(name: str) -> str:
    if suffix := volume_suffix(name):
        return name[: -len(suffix)]
    stem, suffix = os.path.splitext(name)
    return stem if suffix in IMAGE_SUFFIXES else name


def _key(text: str) -> str:
    """Letters that look the same are the same, whatever their case or composition."""
    if text.isascii():
        return text.lower().strip()
    return unicodedata.normalize("NFC", text).casefold().strip()
