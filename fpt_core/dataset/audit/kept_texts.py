"""All texts that a project keeps, and the program's logs, each with its place.

Pixels, features and weights are numbers and hold no text; they are not searched.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from fpt_core.dataset.audit.report import REPORT_KEY
from fpt_core.dataset.database import DATABASE, Database

_PERSONAL_KEY = re.compile(r"patient|subject|name|mrn|accession|birth|(^|_)id$", re.IGNORECASE)
_JSON_NUMBER = re.compile(r'"([^"\\]{1,60})"\s*:\s*-?\d[\d.eE+-]*(?=\s*[,}\]\n]|$)')
_EMBEDDED = re.compile(r"data:[\w/+.-]+;base64,[A-Za-z0-9+/=\s]+")
_QUOTED = re.compile(r"“([^”]*)”")
_HEAD_BYTES = 4096
_LONGEST_LINE = 2**24
_MODEL_SUFFIXES = frozenset({".fpt", ".safetensors"})
_LARGEST_HEADER_BYTES = 2**26
_COLUMNS_OF_NAMES = frozenset({"location", "path"})


@dataclass(frozen=True, slots=True)
class KeptText:
    """One text, and where it is kept."""

    place: str
    """In words, without any name that the user gave."""
    text: str
    is_name: bool = False
    """Whether it is the name of a file or folder of the source."""
    image_id: int | None = None
    is_ours: bool = False
    """Whether these are the audit's own sentences, which name nobody but may hold a word that is
    a name as well; what they quote is a text of its own."""
    is_leftover: bool = False
    """Whether it is in space that the database no longer uses, or uses twice."""


def kept_texts(project: Path) -> Iterator[KeptText]:
    """Every text of a project folder, database first, and of the program's logs."""
    yield from _of_database(project)
    for file in sorted(project.glob(f"{DATABASE}*")):
        yield KeptText(f"{file.name}, unused space", _printable(file), is_leftover=True)
    for path in sorted(project.rglob("*")):
        if path.name.startswith(DATABASE):
            continue
        place = _place(path.relative_to(project))
        yield KeptText("names of files in the project folder", path.name)
        if path.is_file():
            yield from _of_file(path, place)
    for path in sorted(log_folder().rglob("*")) if log_folder().is_dir() else ():
        if path.is_file():
            yield from _of_file(path, "logs of the program")


def log_folder() -> Path:
    """Where the program's logs are."""
    return Path(platformdirs.user_log_dir("FPT Studio", appauthor=False))


def without_numbers(text: str) -> str:
    """JSON without numbers, except where their key speaks of a person, and without pictures.

    The size of a file is no patient's number, though it may look like one.
    """
    text = _EMBEDDED.sub("", text)
    return _JSON_NUMBER.sub(lambda found: found[0] if _PERSONAL_KEY.search(found[1]) else "", text)


def _of_database(project: Path) -> Iterator[KeptText]:
    with Database(project).connected() as database:
        tables = [
            row["name"]
            for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        ]
        for table in tables:
            for row in database.execute(f'SELECT * FROM "{table}"'):
                if row[0] != "salt":
                    yield from _of_row(table, row)


def _of_row(table: str, row: sqlite3.Row) -> Iterator[KeptText]:
    for column in row.keys():  # noqa: SIM118
        value = row[column]
        if not isinstance(value, str):
            continue
        place = f"{DATABASE}, table {table}, column {column}"
        if row[0] == REPORT_KEY:
            yield KeptText(place, value, is_ours=True)
            value = "\n".join(_QUOTED.findall(value))
        is_name = column in _COLUMNS_OF_NAMES
        yield KeptText(place, value, is_name, row["id"] if table == "images" else None)


def _printable(path: Path) -> str:
    return path.read_bytes().decode("utf-8", errors="replace")


def _place(relative: Path) -> str:
    """A file's place without names that the user gave: run folders are named by the program."""
    folder, *rest = relative.parts
    kind = f"a file {relative.suffix}" if relative.suffix else "a file without suffix"
    if folder == "runs" and len(rest) > 1:
        return f"run {rest[0]}, {kind}"
    return f"{folder if folder == 'features' else 'the project folder'}, {kind}"


def _of_file(path: Path, place: str) -> Iterator[KeptText]:
    if path.suffix.lower() in _MODEL_SUFFIXES:
        yield KeptText(f"{place}, its card", _header(path))
        return
    with path.open("rb") as file:
        if b"\0" in file.read(_HEAD_BYTES):
            return
    with path.open(encoding="utf-8", errors="replace") as lines:
        while line := lines.readline(_LONGEST_LINE):
            yield KeptText(place, line)


def _header(path: Path) -> str:
    """The JSON of a safetensors file; a damaged one is searched as it is.

    Reference: https://github.com/huggingface/safetensors, section Format.
    """
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        header = file.read(min(length, _LARGEST_HEADER_BYTES)).decode("utf-8", errors="replace")
    try:
        metadata = json.loads(header).get("__metadata__", {})
    except (json.JSONDecodeError, AttributeError):
        return header
    return "\n".join(str(value) for value in metadata.values())
