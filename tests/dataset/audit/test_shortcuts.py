"""Shortcuts: planted ones are found, and nothing is made of chance."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from fpt_core.dataset.audit.shortcuts import find_shortcuts, judged, measure_shortcuts
from tests.dataset.audit.samples import changed, data_set, with_facts

IMAGES, FACTS = data_set()
ILL = [image.id for image in IMAGES if image.class_name == "ill"]


def test_image_size_that_goes_with_the_class() -> None:
    images = changed(IMAGES, {number: {"width": 1500, "height": 1500} for number in ILL})
    found = find_shortcuts(images, FACTS)
    assert found[0].severity == "serious"
    titles = [finding.title for finding in found]
    assert "Image size alone predicts the label (AUC 1.00): the model may learn the scanner" in (
        titles
    )
    size = found[titles.index(next(t for t in titles if t.startswith("Image size")))]
    assert "“ill”: 1500 x 1500 px (100%)" in size.explanation
    assert len(size.groups) == 2


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"format": "JPEG"}, "File format"),
        ({"compression": "JPEG Baseline"}, "Compression"),
        ({"manufacturer": "Acme"}, "Manufacturer"),
        ({"modality": "CR"}, "Modality"),
        ({"colour": True}, "Colour or grey"),
        ({"border_share": 0.2}, "Even border"),
        ({"columns": {"site": "east"}}, "Column “site”"),
        ({"columns": {"age": "81,5"}}, "Column “age”"),
    ],
)
def test_each_factor_is_looked_at(change: dict[str, Any], name: str) -> None:
    found = find_shortcuts(IMAGES, with_facts(FACTS, dict.fromkeys(ILL, change)))
    assert [(f.title.split(" alone")[0], f.severity) for f in found if name in f.title] == [
        (name, "serious")
    ]


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"file_bytes": 10_000}, "File size per pixel"),
        ({"mean": 0.9}, "Brightness"),
        ({"std": 0.05}, "Contrast"),
    ],
)
def test_what_may_be_anatomy_counts_less(change: dict[str, float], name: str) -> None:
    (finding,) = find_shortcuts(IMAGES, with_facts(FACTS, dict.fromkeys(ILL, change)))
    assert finding.title.startswith(f"{name} alone")
    assert finding.severity == "caution"
    assert "may be anatomy" in finding.title


def test_a_weaker_tie_is_a_caution() -> None:
    rng = np.random.default_rng(5)
    change = {
        i.id: {"manufacturer": "Acme" if rng.random() < 0.12 + 0.76 * (i.id in ILL) else "Other"}
        for i in IMAGES
    }
    (finding,) = find_shortcuts(IMAGES, with_facts(FACTS, change))
    assert finding.severity == "caution"


def test_factors_that_tell_only_together() -> None:
    """Neither maker nor modality tells the label; whether they go together does."""
    rng = np.random.default_rng(1)
    images, facts = data_set(240)
    changes: dict[int, dict[str, Any]] = {}
    for image in images:
        first = bool(rng.random() < 0.5)
        second = first ^ (image.class_name == "ill")
        changes[image.id] = {
            "manufacturer": "Acme" if first else "Other",
            "modality": "DX" if second else "CR",
        }
    images = changed(images, {image.id: {"width": 640} for image in images})
    (finding,) = find_shortcuts(images, with_facts(facts, changes))
    assert finding.title.startswith("Modality, and manufacturer together predict the label")


@pytest.mark.parametrize("seed", range(8))
def test_chance_gives_no_finding(seed: int) -> None:
    assert find_shortcuts(*data_set(60, seed)) == []


def test_three_classes_and_a_tiny_one() -> None:
    third = {i.id: {"class_name": "other", "height": 900} for i in IMAGES if i.id % 12 in (1, 2)}
    tiny = {119: {"class_name": "tiny"}, 120: {"class_name": "tiny"}}
    images = changed(IMAGES, third | tiny)
    sample = judged(images)
    assert {image.class_name for image in sample} == {"healthy", "ill", "other"}
    size = next(s for s in measure_shortcuts(sample, FACTS) if s.factor.name == "Image size")
    assert 0.6 < size.auc < 0.95  # one class of three stands out


def test_too_few_patients_are_not_judged() -> None:
    assert judged(IMAGES[:16]) == []
    assert find_shortcuts(IMAGES[:16], FACTS) == []


def test_large_data_sets_are_sampled_by_patient() -> None:
    images, _ = data_set(8000)
    one = changed(images, {image.id: {"patient": "same"} for image in images[:400]})
    sample = judged(one)
    assert len(sample) <= 3000
    assert sum(image.patient == "same" for image in sample) <= 20
