"""What in a text may name a person: known identifiers, and patterns that identifiers follow."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass

from fpt_core.dataset.audit.source_identifiers import is_telling
from fpt_core.dataset.identifiers import phrases

MET_BY_IMPORT = "A patient's number or name that an import met"
_FIELD = re.compile(r"[^\"'\n\r\t,;:|<>{}\[\]()=/\\\x00-\x1f�]{4,}")
_NUMBER = re.compile(r"\s*-?\d+\.\d+(e[+-]?\d+)?\s*", re.IGNORECASE)
_HASH = re.compile(r"[0-9a-f]{32,}", re.IGNORECASE)
_LEAST_INSIDE = 6
"""Characters of an identifier that is looked for inside longer words."""
_MOST_FIELDS = 2**17
_PATTERNS = {
    "An e-mail address": re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)*\.[A-Za-z]{2,}"),
    "A DICOM UID": re.compile(r"(?<![\d.])(?!1\.2\.840\.10008\.)[0-2](\.\d+){5,}(?![\d.])"),
    "A name as DICOM writes it": re.compile(r"[^\W\d_]{2,}\^[^\W\d_]{2,}"),
    "A date of birth": re.compile(
        r"(birth|\bdob\b|geburt)[^\d\n]{0,20}(\d{8}|\d{1,4}[-./]\d{1,2}[-./]\d{1,4})", re.IGNORECASE
    ),
}
_NAME_PATTERNS = {
    "A long number in a file name": re.compile(r"\d{6,}"),
    "A date in a file name": re.compile(
        r"(?<!\d)(19|20)\d\d[-_.](0[1-9]|1[0-2])[-_.](0[1-9]|[12]\d|3[01])(?!\d)"
    ),
}
UNSURE = frozenset(_NAME_PATTERNS)
"""Kinds that are often harmless: a person must look."""


@dataclass(frozen=True, slots=True)
class Hit:
    """Something in a text that may name a person. Never shown: only its kind is."""

    kind: str
    found: str


class IdentifierSearch:
    """Looks for identifiers in texts.

    Args:
        kinds: Known identifiers (lower case, letters and digits alone) and their kinds.
        hashes: Salted hashes of identifiers that imports met.
        hash_of: The project's salted hash.
    """

    def __init__(
        self, kinds: Mapping[str, str], hashes: Collection[str], hash_of: Callable[[str], str]
    ) -> None:
        self._kinds = kinds
        self._hashes = hashes
        self._hash_of = hash_of
        self._answers: dict[str, frozenset[Hit]] = {}
        self._by_length: dict[int, set[str]] = {}
        for identifier in kinds:
            if len(identifier) >= _LEAST_INSIDE and not identifier.isdigit():
                self._by_length.setdefault(len(identifier), set()).add(identifier)

    def hits(self, text: str, *, is_name: bool = False) -> set[Hit]:
        """All that may name a person in ``text``, the name of a file or any other text."""
        found = {
            Hit(kind, match[0].casefold())
            for kind, pattern in {**_PATTERNS, **(_NAME_PATTERNS if is_name else {})}.items()
            for match in pattern.finditer(text)
            if not _is_in_hash(match)
        }
        for field in _FIELD.findall(text):
            found |= self._of_field(field.casefold())
        return found

    def _of_field(self, field: str) -> frozenset[Hit]:
        if field not in self._answers:
            if len(self._answers) >= _MOST_FIELDS:
                self._answers.clear()
            self._answers[field] = frozenset(self._look(field))
        return self._answers[field]

    def _look(self, field: str) -> Iterator[Hit]:
        field = _HASH.sub(" ", field)
        if _NUMBER.fullmatch(field):
            return
        for phrase in phrases(field):
            if not is_telling(phrase):
                continue
            if phrase in self._kinds:
                yield Hit(self._kinds[phrase], phrase)
            elif self._hashes and self._hash_of(phrase) in self._hashes:
                yield Hit(MET_BY_IMPORT, phrase)
        for length, sought in self._by_length.items():
            for at in range(len(field) - length + 1):
                if (part := field[at : at + length]) in sought:
                    yield Hit(self._kinds[part], part)


def _is_in_hash(match: re.Match[str]) -> bool:
    """Whether what a pattern found is part of a hash, which holds long numbers by chance."""
    return any(
        run.start() <= match.start() and match.end() <= run.end()
        for run in _HASH.finditer(match.string)
    )
