"""Few images of another kind."""

from __future__ import annotations

import pytest

from fpt_core.dataset.audit.outliers import find_outliers
from tests.dataset.audit.samples import data_set, with_facts

IMAGES, FACTS = data_set()


@pytest.mark.parametrize(
    ("change", "kind", "severity"),
    [
        ({"modality": "CT"}, "other-modality", "caution"),
        ({"colour": True}, "other-colour", "caution"),
        ({"format": "JPEG"}, "other-format", "note"),
    ],
)
def test_few_of_another_kind_are_found(change: dict[str, object], kind: str, severity: str) -> None:
    (finding,) = find_outliers(IMAGES, with_facts(FACTS, {7: change}))
    assert (finding.kind, finding.severity) == (kind, severity)
    assert finding.remedies[0].image_ids == (7,)


def test_a_mixture_has_no_outliers() -> None:
    half = {image.id: {"modality": "CT", "colour": True} for image in IMAGES[::2]}
    assert find_outliers(IMAGES, with_facts(FACTS, half)) == []


def test_what_is_unknown_is_no_kind() -> None:
    unknown = with_facts(FACTS, {7: {"modality": "", "colour": None}})
    assert find_outliers(IMAGES, unknown) == []
