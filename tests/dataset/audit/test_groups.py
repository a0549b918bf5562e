"""Which images belong together."""

from __future__ import annotations

from fpt_core.dataset.audit.groups import grouped, joined, unit_of
from tests.dataset.audit.samples import changed, data_set


def test_chains_are_joined_however_many_links_apart() -> None:
    assert joined([(1, 2), (5, 6), (3, 2), (6, 7)]) == [(1, 2, 3), (5, 6, 7)]
    assert joined([]) == []


def test_an_image_of_an_unknown_patient_counts_by_itself() -> None:
    images, _ = data_set(4)
    images = changed(images, {3: {"patient": None}, 4: {"patient": None}})
    assert [len(group) for group in grouped(images, unit_of).values()] == [2, 1, 1]
