"""Who the images are of, for one purpose: to notice where a name or number would be kept.

Identifiers are held in memory while an import runs. The project keeps their salted
hashes only, by which later imports and the privacy check find them again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import accumulate

_WORD = re.compile(r"[^\W_]+")
_SHORTEST_PART = 4
"""Of an identifier, or of a name's part, that is looked for inside a longer word."""
_MOST_WORDS = 6
"""Of an identifier that was written as several words."""


class Identifiers:
    """Identifiers of people, and whether a text holds one.

    Args:
        hash_of: The project's salted hash.
        known: Hashes of those that the project met before.
    """

    def __init__(self, hash_of: Callable[[str], str], known: Iterable[str] = ()) -> None:
        self._hash_of = hash_of
        self._known = set(known)
        self._plain: set[str] = set()
        """Lower case, without anything but letters and digits."""
        self._by_length: dict[int, set[str]] = {}
        """Those that are looked for inside words, as they are written."""
        self._answers: dict[str, bool] = {}

    def __bool__(self) -> bool:
        return bool(self._plain or self._known)

    def add(self, identifiers: Iterable[str]) -> None:
        """Take notice of identifiers as a file or a table writes them; names part by part too."""
        for identifier in identifiers:
            self._add(identifier)
            if "^" in identifier:  # DICOM's family^given
                parts = identifier.split("^")
                self._add(" ".join(reversed(parts)))
                for part in parts:
                    if len(part) >= _SHORTEST_PART:
                        self._add(part)

    def _add(self, identifier: str) -> None:
        text = identifier.casefold().strip()
        plain = _plain(text)
        if plain and plain not in self._plain:
            self._plain.add(plain)
            if len(text) >= _SHORTEST_PART:
                self._by_length.setdefault(len(text), set()).add(text)
            self._answers.clear()

    def add_known(self, hashes: Iterable[str]) -> None:
        """Take notice of identifiers of which only the hashes are known."""
        self._known.update(hashes)
        self._answers.clear()

    def hashes(self) -> set[str]:
        """What the project may keep of those that were added, plain or as hashes."""
        return self._known | {self._hash_of(plain) for plain in self._plain}

    def is_in(self, text: str) -> bool:
        """Whether a path or another text holds an identifier, as words of it or inside one."""
        return any(self._is_in_part(part) for part in text.split("/"))

    def is_inside(self, text: str) -> bool:
        """Whether a text holds an identifier that is too long to be there by chance."""
        text = text.casefold()
        return any(
            text[at : at + length] in sought
            for length, sought in self._by_length.items()
            for at in range(len(text) - length + 1)
        )

    def _is_in_part(self, part: str) -> bool:
        if part not in self._answers:
            self._answers[part] = self.is_inside(part) or self._is_phrase_of(part.casefold())
        return self._answers[part]

    def _is_phrase_of(self, text: str) -> bool:
        if not self._plain and not self._known:
            return False
        return any(
            phrase in self._plain or (bool(self._known) and self._hash_of(phrase) in self._known)
            for phrase in phrases(text)
        )


def _plain(text: str) -> str:
    return "".join(_WORD.findall(text))


def phrases(text: str) -> Iterator[str]:
    """Every run of words, joined: ``P-001_left`` gives p, p001, p001left, 001 and so on."""
    words = _WORD.findall(text)
    for start in range(len(words)):
        yield from accumulate(words[start : start + _MOST_WORDS])
