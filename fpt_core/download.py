"""Fetch one large file: resumed where it was cut, and verified before it counts.

Only what a person has asked for is fetched; nothing here is called on the way.
"""

from __future__ import annotations

import hashlib
import http.client
import os
import re
import shutil
import time
import urllib.error
import urllib.request
from collections.abc import Generator
from dataclasses import dataclass
from email.message import Message
from pathlib import Path
from typing import IO, Any
from urllib.request import HTTPRedirectHandler, Request

from fpt_core.errors import DiskFullError, DownloadError, translate_os_error
from fpt_core.events import Event, Progress

_CHUNK_BYTES = 2**20
_TIMEOUT_S = 30.0
_TRIALS = 5
"""In a row, of which none brought a byte."""
_PAUSE_S = 2.0
_SHA256 = re.compile(r'(?:W/)?"?([0-9a-f]{64})"?')
_PARTIAL = 206
_CUT = (OSError, http.client.HTTPException)


@dataclass(frozen=True, slots=True)
class Announced:
    """What a server says of a file before it is fetched."""

    url: str
    file_bytes: int
    sha256: str


def announced(url: str) -> Announced:
    """Ask the server for the file's size and SHA-256; its first byte alone is sent.

    The Hugging Face hub tells the SHA-256 in a header of the answer that leads to the file.

    Raises:
        DownloadError: If the server cannot be reached, refuses, or does not tell.
    """
    redirects = _Redirects()
    opener = urllib.request.build_opener(redirects)
    request = Request(url, headers={"Range": "bytes=0-0"})
    try:
        with opener.open(request, timeout=_TIMEOUT_S) as answer:
            headers = [*redirects.passed, answer.headers]
    except urllib.error.HTTPError as error:
        raise _refused(url, error) from error
    except _CUT as error:
        raise _unreachable(url, error) from error
    sums = [
        match[1]
        for each in headers
        for name in ("X-Linked-Etag", "ETag")
        if (match := _SHA256.fullmatch(each.get(name, ""))) is not None
    ]
    if not sums:
        raise DownloadError(
            f"{_server(url)} does not tell the SHA-256 of {_name(url)}, so it cannot be verified.",
            "Fetch the file in another way and add it as a file.",
        )
    return Announced(url, _size(headers[-1]), sums[0])


def fetch(file: Announced, target: Path) -> Generator[Event, None, None]:
    """Put the file at ``target``; what an earlier call left is gone on with.

    Close it to stop: the part that is there stays.

    Raises:
        DiskFullError: If there is not enough space.
        DownloadError: If the connection is cut again and again, or the file is not what
            was announced.
    """
    part = target.with_name(f".{target.name}.{file.sha256[:16]}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _check_space(file, part)
        yield from _fetched(file, part)
        _verify(file, part)
        os.replace(part, target)
    except OSError as error:
        raise translate_os_error(error, target) from error


def _fetched(file: Announced, part: Path) -> Generator[Event, None, None]:
    trials = 0
    yield Progress("Downloading", _length(part), file.file_bytes)
    while (before := _length(part)) < file.file_bytes:
        reason: Exception | None = None
        try:
            for done in _received(file, part):
                yield Progress("Downloading", done, file.file_bytes)
        except urllib.error.HTTPError as error:
            raise _refused(file.url, error) from error
        except DiskFullError:
            raise
        except _CUT as error:
            reason = error
        trials = 0 if _length(part) > before else trials + 1
        if trials >= _TRIALS:
            raise _unreachable(file.url, reason)
        if _length(part) < file.file_bytes:
            time.sleep(_PAUSE_S)


def _received(file: Announced, part: Path) -> Generator[int, None, None]:
    """Append what one connection brings; the number of bytes that are there after each piece."""
    done = _length(part)
    headers = {"Range": f"bytes={done}-"} if done else {}
    with urllib.request.urlopen(Request(file.url, headers=headers), timeout=_TIMEOUT_S) as answer:
        goes_on = answer.status == _PARTIAL
        with part.open("ab" if goes_on else "wb") as output:
            done = done if goes_on else 0
            while piece := answer.read(_CHUNK_BYTES):
                _write(output, piece, part)
                done += len(piece)
                yield done
            os.fsync(output.fileno())


def _write(output: IO[bytes], piece: bytes, part: Path) -> None:
    try:
        output.write(piece)
    except OSError as error:  # the disk's, not the connection's
        raise translate_os_error(error, part) from error


def _verify(file: Announced, part: Path) -> None:
    with part.open("rb") as content:
        found = hashlib.file_digest(content, "sha256").hexdigest()
    if found != file.sha256:
        part.unlink()
        raise DownloadError(
            f"{_name(file.url)} arrived damaged: its SHA-256 is {found[:16]}…, not "
            f"{file.sha256[:16]}…. It was deleted.",
            "Start the download again; if this repeats, ask who runs the network.",
        )


def _check_space(file: Announced, part: Path) -> None:
    missing = file.file_bytes - _length(part)
    free = shutil.disk_usage(part.parent).free
    if missing > free:
        raise DiskFullError(
            f"{_name(file.url)} needs {missing / 1e6:,.0f} MB more in {part.parent}; "
            f"{free / 1e6:,.0f} MB are free.",
            "Free some space and start again.",
        )


def _length(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _size(headers: Message) -> int:
    total = headers.get("Content-Range", "").rpartition("/")[2]
    return int(total if total.isdigit() else headers.get("Content-Length", "0"))


class _Redirects(HTTPRedirectHandler):
    """Keeps the headers of the answers that lead elsewhere."""

    def __init__(self) -> None:
        self.passed: list[Message] = []

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: Any, newurl: str
    ) -> Request | None:
        self.passed.append(headers)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _refused(url: str, error: urllib.error.HTTPError) -> DownloadError:
    error.close()
    asks = error.code in (401, 403)
    return DownloadError(
        f"{_server(url)} refuses {_name(url)} ({error.code} {error.reason}).",
        "Its licence may have to be accepted on its page first; then fetch it there and add it as "
        "a file."
        if asks
        else "Try again later, or fetch the file in another way and add it as a file.",
    )


def _unreachable(url: str, reason: Exception | None) -> DownloadError:
    why = f" ({getattr(reason, 'reason', reason)})" if reason else ""
    return DownloadError(
        f"The connection to {_server(url)} fails{why}.",
        "Check the network and start again: it goes on where it was. Where this computer has no "
        "internet, fetch the file on another one, bring it on a USB stick and add it as a file.",
    )


def _server(url: str) -> str:
    return Request(url).host


def _name(url: str) -> str:
    return url.rpartition("/")[2]
