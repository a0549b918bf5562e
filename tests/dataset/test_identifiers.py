"""Texts that hold an identifier are noticed, now and by their hashes later."""

from __future__ import annotations

import hashlib

import pytest

from fpt_core.dataset.identifiers import Identifiers


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.parametrize(
    ("location", "identifier"),
    [
        ("scans/MRN12345_1.dcm", "mrn12345"),
        ("scans/xMRN-12y.dcm", "MRN-12"),
        ("DOE_JANE/1.dcm", "Doe^Jane"),
        ("jane doe 2.dcm", "DOE^JANE"),
        ("x/Jane-1.dcm", "DOE^JANE"),
        ("p/77/1.dcm", "77"),
        ("P-001_left.png", "p 001"),
        ("Żółć-1.dcm", "żółć"),
    ],
)
def test_identifiers_are_seen(location: str, identifier: str) -> None:
    identifiers = Identifiers(_hash)
    assert not identifiers.is_in(location)
    identifiers.add([identifier])
    assert identifiers.is_in(location)


@pytest.mark.parametrize(
    ("location", "identifier"),
    [
        ("p/1770/1.dcm", "77"),
        ("doe/1.dcm", "Doe^Jane"),
        ("a/1.dcm", ""),
        ("a/1.dcm", "  "),
        ("001_left.png", "P-001"),
        ("a b/1.dcm", "b 1"),
    ],
)
def test_other_names_are_left_in_peace(location: str, identifier: str) -> None:
    identifiers = Identifiers(_hash)
    identifiers.add([identifier])
    assert not identifiers.is_in(location)


def test_hashes_find_an_identifier_again() -> None:
    first = Identifiers(_hash)
    first.add(["P-001", "DOE^JANE"])
    assert not any("jane" in text for text in first.hashes())
    later = Identifiers(_hash, first.hashes())
    assert later.is_in("bright/p001_left.png")
    assert later.is_in("jane/1.png")
    assert not later.is_in("bright/p002_left.png")
