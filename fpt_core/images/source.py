"""A file's content, wherever it lies: on disk or in an archive."""

from __future__ import annotations

import io
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from fpt_core.errors import ImageError
from fpt_core.images import archive
from fpt_core.images.kind import HEAD_BYTES
from fpt_core.images.refusal import in_words, unreadable


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """The content of a file on disk or in a ZIP, opened once, to be read and sought in.

    Raises:
        ImageError: If there is no such file, or it may not be read.
    """
    file = _open_plain(path) if not archive.leads_through(path) else _unpacked(path)
    with file:
        yield file


def head_of(path: Path) -> bytes:
    """The first bytes of a file; of one in an archive, no more is unpacked.

    Raises:
        ImageError: If there is no such file, or it may not be read.
    """
    file = _open_plain(path) if not archive.leads_through(path) else archive.open_member(path)
    with file, in_words(path.name):
        return file.read(HEAD_BYTES)


def _unpacked(path: Path) -> BinaryIO:
    with archive.open_member(path) as member:
        try:
            return io.BytesIO(member.read())
        except Exception as error:
            raise unreadable(path.name, error) from error


def _open_plain(path: Path) -> BinaryIO:
    """The file, if it is a regular one: a pipe or a device would be waited for for ever."""
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        descriptor = os.open(path, flags)
    except OSError as error:
        raise _refused(path, error) from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise _refused(path, None)
    return os.fdopen(descriptor, "rb")


def _refused(path: Path, error: OSError | None) -> ImageError:
    if path.is_dir():
        return ImageError(f"{path.name} is a folder, not an image.", "Choose a file in it.")
    if isinstance(error, PermissionError):
        return unreadable(path.name, error)
    return ImageError(
        f"There is no file {path.name} in {path.parent}.", "Check whether it was moved."
    )
