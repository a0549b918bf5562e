"""File names that hold an identifier."""

from __future__ import annotations

import pytest

from fpt_core.dataset.locations import names_one_of


@pytest.mark.parametrize(
    ("location", "identifier"),
    [
        ("scans/MRN12345_1.dcm", "mrn12345"),
        ("DOE_JANE/1.dcm", "Doe^Jane"),
        ("jane doe 2.dcm", "DOE^JANE"),
        ("p/77/1.dcm", "77"),
        ("Żółć-1.dcm", "żółć"),
    ],
)
def test_identifiers_are_seen(location: str, identifier: str) -> None:
    assert names_one_of(location, [identifier])


@pytest.mark.parametrize(
    ("location", "identifier"),
    [("p/1770/1.dcm", "77"), ("doe/1.dcm", "Doe^Jane"), ("a/1.dcm", ""), ("a/1.dcm", "  ")],
)
def test_other_names_are_left_in_peace(location: str, identifier: str) -> None:
    assert not names_one_of(location, [identifier])
