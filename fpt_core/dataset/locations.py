"""Where images lie: a root folder and a place below it, hidden where it would name a patient.

A hidden place is a salted hash. It is found again by hashing the paths that are
there, so that the project itself never says a name.
"""

from __future__ import annotations

import contextlib
import hmac
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from fpt_core.errors import ImageError
from fpt_core.images import archive

_HIDDEN = "hidden:"


def salted_hash(salt: bytes, text: str) -> str:
    """The project's hash of an identifier, in hexadecimal.

    Reference: HMAC-SHA-256, RFC 2104.
    """
    return hmac.digest(salt, text.encode("utf-8", "surrogatepass"), "sha256").hex()


def hidden(salt: bytes, location: str) -> str:
    """What stands for ``location`` in the project."""
    return _HIDDEN + salted_hash(salt, location)


def is_hidden(location: str) -> bool:
    """Whether a kept location is a hash."""
    return location.startswith(_HIDDEN)


def found_below(root: Path, salt: bytes, wanted: set[str]) -> Mapping[str, str]:
    """The locations that the hidden ones in ``wanted`` stand for, as far as they are there."""
    found = {}
    for location in _locations(root):
        key = hidden(salt, location)
        if key in wanted:
            found[key] = location
            if len(found) == len(wanted):
                break
    return found


def is_there(path: Path) -> bool:
    """Whether there is such a file, on disk or in an archive."""
    return path.is_file() or (archive.leads_through(path) and archive.has_member(path))


def _locations(root: Path) -> Iterator[str]:
    """Every file below ``root``, those in archives too, relative to it."""
    for folder, _, names in os.walk(root):
        for name in names:
            path = Path(folder, name)
            yield path.relative_to(root).as_posix()
            if archive.is_archive(path):
                with contextlib.suppress(ImageError):  # a damaged archive holds nothing
                    for member in archive.members(path):
                        yield member.path.relative_to(root).as_posix()
