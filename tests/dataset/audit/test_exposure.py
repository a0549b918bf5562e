"""Blank, over-exposed and under-exposed images."""

from __future__ import annotations

import pytest

from fpt_core.dataset.audit.exposure import find_poor_exposure
from tests.dataset.audit.samples import data_set, kinds, with_facts

IMAGES, FACTS = data_set()


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"std": 0.004}, "blank-images"),
        ({"bright_share": 0.7}, "over-exposed-images"),
        ({"dark_share": 0.97}, "under-exposed-images"),
    ],
)
def test_each_is_found_and_can_be_left_out(change: dict[str, float], kind: str) -> None:
    (finding,) = find_poor_exposure(IMAGES, with_facts(FACTS, {5: change, 9: change}))
    assert (finding.kind, finding.severity) == (kind, "caution")
    assert finding.groups == ((5,), (9,))
    assert finding.remedies[0].image_ids == (5, 9)


def test_black_is_usual_where_most_images_are_mostly_black() -> None:
    facts = with_facts(FACTS, {image.id: {"dark_share": 0.92} for image in IMAGES})
    assert find_poor_exposure(IMAGES, facts) == []


def test_ordinary_images_give_no_finding() -> None:
    assert kinds(find_poor_exposure(IMAGES, FACTS)) == []
