"""Delimited text: any delimiter, any encoding, quotes that hold delimiters and line ends."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Iterator

_DELIMITERS = ",;\t|"
_SAMPLE = 20_000
_FOREIGN_SHARE = 0.5
"""Of bytes beyond ASCII in words that have any; Western words have few accents each."""
_WORD = re.compile(rb"[^\s,;|.\"]{3,}")


def parse_delimited(content: bytes, blank_delimits: bool = False) -> list[list[str]]:
    """The records of a table as text.

    Args:
        content: The file as it is.
        blank_delimits: Whether blanks divide columns where no delimiter does.

    Raises:
        csv.Error: If it is no table.
    """
    text = decode(content)
    delimiter = _delimiter(text, blank_delimits)
    if text.startswith("sep="):  # a line of Excel's that names the delimiter
        delimiter, text = text[4:5], text.partition("\n")[2]
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error:
        # A quote that is not closed would swallow all rows after it: read line by line.
        return [
            record
            for line in io.StringIO(text, newline=None)
            for record in csv.reader([line], delimiter=delimiter)
        ]


def decode(content: bytes) -> str:
    """Text as spreadsheets and hospital systems save it, whatever the code page."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16", errors="replace")
    if (wide := _unmarked_utf16(content)) is not None:
        return content.decode(wide, errors="replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    if _foreign(content):
        from charset_normalizer import from_bytes  # not needed for most tables, nor for a start

        if (guess := from_bytes(_whole_lines(content)).best()) is not None:
            return content.decode(guess.encoding, errors="replace")
    try:
        return content.decode("cp1252")
    except UnicodeDecodeError:
        return content.decode("latin-1")


def _unmarked_utf16(content: bytes) -> str | None:
    """UTF-16 without a byte-order mark shows by every other byte being zero."""
    even, odd = content[:_SAMPLE:2], content[1:_SAMPLE:2]
    if odd and odd.count(0) > len(odd) / 2 > even.count(0):
        return "utf-16-le"
    if even and even.count(0) > len(even) / 2 > odd.count(0):
        return "utf-16-be"
    return None


def _foreign(content: bytes) -> bool:
    """Whether the text seems to be of another than the Latin script."""
    words = [word for word in _WORD.findall(content[:_SAMPLE]) if not word.isascii()]
    beyond = sum(byte > 127 for word in words for byte in word)
    return bool(words) and beyond >= _FOREIGN_SHARE * sum(map(len, words))


def _whole_lines(content: bytes) -> bytes:
    """Enough of the text to guess from, and no half character at its end."""
    sample = content[:_SAMPLE]
    return sample[: sample.rfind(b"\n") + 1] or sample


def _delimiter(text: str, blank_delimits: bool) -> str:
    """The delimiter by which most records have equally many columns."""
    best, best_score = ",", (0.0, 0)
    for delimiter in _DELIMITERS + (" " if blank_delimits else ""):
        widths = Counter(_widths(text[:_SAMPLE], delimiter))
        if not widths:
            continue
        width, agreeing = widths.most_common(1)[0]
        score = (agreeing / widths.total() if width > 1 else 0.0, width)
        if score > best_score:
            best, best_score = delimiter, score
    return best


def _widths(sample: str, delimiter: str) -> Iterator[int]:
    try:
        for record in csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter):
            if any(record):
                yield len(record)
    except csv.Error:
        return
