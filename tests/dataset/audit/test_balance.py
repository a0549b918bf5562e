"""Uneven and missing classes."""

from __future__ import annotations

import pytest

from fpt_core.dataset.audit.balance import find_imbalance, find_missing_classes
from tests.dataset.audit.samples import changed, data_set, kinds

IMAGES, FACTS = data_set()


@pytest.mark.parametrize(("rare", "severity"), [(40, None), (20, "note"), (4, "caution")])
def test_imbalance(rare: int, severity: str | None) -> None:
    images = changed(
        IMAGES,
        {i.id: {"class_name": "ill" if i.id <= rare else "healthy"} for i in IMAGES},
    )
    assert [finding.severity for finding in find_imbalance(images, FACTS)] == (
        [severity] if severity else []
    )


@pytest.mark.parametrize(
    ("split", "severity"), [("train", "serious"), ("val", "caution"), ("test", "serious")]
)
def test_a_class_that_a_split_lacks(split: str, severity: str) -> None:
    images = [i for i in IMAGES if (i.split, i.class_name) != (split, "ill")]
    (finding,) = find_missing_classes(images, FACTS)
    assert (finding.kind, finding.severity) == ("class-missing-in-split", severity)
    assert "“ill”" in finding.title


def test_an_empty_split_is_one_finding() -> None:
    images = [image for image in IMAGES if image.split != "val"]
    assert kinds(find_missing_classes(images, FACTS)) == ["empty-split"]
    assert find_missing_classes(IMAGES, FACTS) == []
